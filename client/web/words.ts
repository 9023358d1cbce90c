// Sentences come with the page, in the reader's language; none stands in the code.
const read = <T>(id: string): T => JSON.parse(document.getElementById(id)?.textContent ?? "null") as T

const sentences = read<{ [key: string]: string } | null>("sentences") ?? {}

export type HelpLine = { label: string; tel?: string; sms?: string }
export const helplines = read<HelpLine[] | null>("helplines") ?? []

// t is the sentence under key, its placeholders filled.
export function t(key: string, fill: { [name: string]: string | number } = {}): string {
  const sentence = sentences[key] ?? key
  return sentence.replace(/\{\{\.(\w+)\}\}/g, (_, name: string) => String(fill[name] ?? ""))
}

export const has = (key: string) => key in sentences

// clock is a time of day as the reader writes it, from Unix seconds.
export const clock = (at: number) => new Date(at * 1000).toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" })
