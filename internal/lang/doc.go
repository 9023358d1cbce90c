// Package lang holds every sentence people read, in English and Spanish: one catalogue for pages, the browser app and the
// terminal. The web and the clients call it. It knows no route, no room and no person.
package lang
