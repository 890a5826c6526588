package storetest

import (
	"context"
	"reflect"
	"time"

	"latchkey/access"
)

// users lists users by their e-mail addresses.
func (w *world) users() lister[access.UserRow] {
	return lister[access.UserRow]{
		schema: access.UserSchema,
		page:   func(l access.List) (access.Page[access.UserRow], error) { return w.ListUsers(w.ctx, l) },
		count:  func(l access.List) (int, error) { return w.CountUsers(w.ctx, l, 0) },
		each:   func(l access.List, fn func(access.UserRow) error) error { return w.EachUser(w.ctx, l, fn) },
		id:     func(u access.UserRow) string { return u.Email },
	}
}

// userWorld has four living users, each an hour younger than the one before.
func userWorld(w *world) {
	for _, email := range []string{"cid@example.com", "ann@example.com", "a_b@example.org", "gone@example.com", "bob@example.com"} {
		w.now = w.now.Add(time.Hour)
		u := w.user(email)
		switch email {
		case "gone@example.com":
			u.DeletedAt = w.now
		case "bob@example.com":
			u.Disabled, u.LastLogin = true, w.now
		case "ann@example.com":
			w.ruleOf(access.Subject{Type: access.SubjectUser, ID: u.ID, Name: u.Email}, access.Viewer, w.tenant())
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateUser(ctx, u) })
	}
}

var userListTests = []namedTest{
	{"every order is the same by whatever way it is read", func(w *world) {
		userWorld(w)
		w.users().check(w)
	}},
	{"the ids of all users that match are each given once", func(w *world) {
		userWorld(w)
		for _, l := range []access.List{{}, {Search: "ann", Limit: 1, Offset: 1}} {
			l.Sort = access.UserSchema.DefaultSort
			w.checkIDs(func(fn func(string) error) error { return w.EachUserID(w.ctx, l, fn) }, func(add func(string)) error {
				return w.EachUser(w.ctx, l, func(u access.UserRow) error { add(u.ID); return nil })
			})
		}
	}},
	{"a user comes with the number of their rules", func(w *world) {
		userWorld(w)
		page, err := w.ListUsers(w.ctx, access.List{Limit: 1, Offset: 1, Sort: access.Sort{Field: "username"}})
		w.ok(err)
		if len(page.Rows) != 1 || page.Rows[0].Email != "ann@example.com" || page.Rows[0].RuleCount != 1 {
			w.Errorf("got %+v, want ann with one rule", page.Rows)
		}
	}},
	{"a user comes with their newest rules, an export with all", func(w *world) {
		user := w.user("ann@example.com")
		subject := access.Subject{Type: access.SubjectUser, ID: user.ID, Name: user.Email}
		var made []int32
		for _, role := range access.PredefinedRoles()[:access.RulesShown+2] {
			made = append(made, w.ruleOf(subject, role.ID, w.tenant()).ID)
		}
		w.ruleOf(access.Subject{Type: access.SubjectApplication, ID: user.ID, Name: "alike"}, access.Viewer, w.tenant())
		page, err := w.ListUsers(w.ctx, access.List{Limit: 10, Sort: access.Sort{Field: "username"}, Search: "ann"})
		w.ok(err)
		if got := ruleIDs(page.Rows[0].Rules); !reflect.DeepEqual(got, made[2:]) {
			w.Errorf("a page has the rules %v, want %v", got, made[2:])
		}
		w.ok(w.EachUser(w.ctx, access.List{Limit: 10, Sort: access.Sort{Field: "username"}, Search: "ann"}, func(row access.UserRow) error {
			if got := ruleIDs(row.Rules); !reflect.DeepEqual(got, made) {
				w.Errorf("an export has the rules %v, want %v", got, made)
			}
			return nil
		}))
	}},
	{"filters", func(w *world) {
		userWorld(w)
		const a, ann, bob, cid = "a_b@example.org", "ann@example.com", "bob@example.com", "cid@example.com"
		w.users().checkFilters(w, []matches{
			{"username", access.Equal, ann, []string{ann}},
			{"username", access.Contains, "A_B", []string{a}},
			{"username", access.NotContains, ".ORG", []string{ann, bob, cid}},
			{"createdBy", access.StartsWith, "Ann", []string{a, ann, bob, cid}},
			{"lastLogin", access.Equal, "never", []string{a, ann, cid}},
			{"lastLogin", access.AtLeast, "2026-01-01", []string{bob}},
			{"creationTime", access.AtMost, Start.Add(2 * time.Hour).Format(time.RFC3339Nano), []string{ann, cid}},
			{"isLocal", access.Equal, "true", []string{a, ann, bob, cid}},
			{"isLocal", access.Equal, "false", []string{}},
			{"status", access.Equal, "disabled", []string{bob}},
			{"status", access.Contains, "act", []string{a, ann, cid}},
			{"accessRules", access.AtLeast, "1", []string{ann}},
		})
		if got := w.users().ids(w, access.List{Search: "OB@"}); !reflect.DeepEqual(got, []string{bob}) {
			w.Errorf("a search found %v, want bob", got)
		}
	}},
}

func ruleIDs(rules []access.Rule) []int32 {
	ids := make([]int32, len(rules))
	for i, rule := range rules {
		ids[i] = rule.ID
	}
	return ids
}
