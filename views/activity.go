package views

import "latchkey/access"

// Activity is what happened last to something, for its own page.
type Activity struct {
	// ID and Name are those of the subject or the entity.
	ID, Name string
	// Events are the newest, first.
	Events []access.Event
	// More says that the audit log has more of them.
	More  bool
	Clock Clock
}

// list is the audit log about the same.
func (a Activity) list() access.List { return access.Activity(a.ID) }
