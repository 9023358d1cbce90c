import { decode } from "./protocol"

// A page of the end-to-end tests decodes the golden frames with the code that people's browsers run.
;(globalThis as { porchlightDecode?: (text: string) => unknown }).porchlightDecode = decode
