// Package static owns the files a browser fetches: the generated style sheet, the vendored htmx, console.js, the
// icon, and the vendored Swagger UI with what fits it into our one page that has it. They are embedded in the binary and served under names that carry a hash of their content, so that a browser
// may keep each for a year and still never show an old one beside a new page.
//
// It knows nothing of pages, sessions or Echo: names go out through Path, bytes through Handler.
package static
