// Package web is the only place that knows HTTP: Echo, sockets, pages and the JSON API. It turns requests into calls of the
// room, the queue and the store, and errors into a status and a sentence. It decides nothing about a session, keeps
// nothing on disk, and never logs an address, a user agent, a cookie, a code or a word.
package web
