// Package access is what Latchkey is about: applications, access rules, roles,
// scopes, users and events; the grammar of lists; and the use cases (Service)
// that check, act and record in one transaction.
//
// The package declares the repository it needs (Repository, Tx) and knows
// nothing of SQL, of HTTP or of markup. It imports nothing of ours but token.
//
// Reading order: application.go, rule.go, scope.go, role.go and principal.go
// name the things; decide.go answers "may this principal do that there?";
// list.go is the grammar shared by the address bar, the JSON API, the count and
// the CSV (list_parse.go reads it, fold.go says when texts are alike); roles and
// resource types are data in roles_data.go and resources.go; service.go and its
// neighbours are the use cases, with validate.go, password.go and throttle.go
// for what people type and recorder.go for what is written once a second.
//
// All times are UTC, cut to microseconds, and the zero time.Time means "never".
package access
