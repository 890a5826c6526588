package storetest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/access"
)

// model is what lists are checked against: the same applications in memory,
// filtered and sorted by plain Go.
type model struct {
	now  time.Time
	rows []modelRow
	// places are the nodes at which they are managed, the tenant first.
	places []access.Scope
}

type modelRow struct {
	access.Application
	rules []access.Rule
}

// populate fills the world with applications in every state, and returns them.
func (w *world) populate(n int) *model {
	w.Helper()
	random := rand.New(rand.NewPCG(1, uint64(n)))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	when := func() time.Time { return w.now.Add(time.Duration(random.IntN(200)-100) * time.Hour) }

	eu := w.scope(w.tenant(), access.ScopeCluster, "eu-1")
	scopes := []access.Scope{w.tenant(), eu, w.scope(eu, access.ScopeDepartment, "Forschung"), w.scope(w.tenant(), access.ScopeCluster, "us-1")}
	roles := []int32{access.SystemAdministrator, access.Viewer}
	m := &model{now: w.now, places: scopes}
	w.write(func(ctx context.Context, tx access.Tx) error {
		for range n {
			a, c := w.newApplication("")
			a.Name = fmt.Sprintf("%s-%s-%03d", pick("billing", "ci", "web"), pick("api", "job", "x_y"), w.made)
			a.ClientID = a.Name
			a.Description = pick("", "Deploys the web", "deploys 50% of it", "Überwacht die STRASSE", "a_b!c", "ﬁnance")
			a.CreatedBy = pick("ann@example.com", "Bob@Example.com", "ci-bot")
			a.Enabled = random.IntN(4) > 0
			a.CreatedAt, a.UpdatedAt = when(), when()
			a.Key.EndsIn = pick("aB3x", "zz9Q", "0000")
			if random.IntN(2) == 0 {
				a.Key.ExpiresAt = when()
			}
			if random.IntN(3) > 0 {
				a.LastLogin = when()
			}
			home := scopes[random.IntN(len(scopes))]
			a.ScopeID, a.ScopePath = home.ID, home.Path
			if err := tx.InsertApplication(ctx, a, c); err != nil {
				return err
			}
			row := modelRow{Application: a}
			for _, i := range random.Perm(len(roles) * len(scopes))[:random.IntN(6)] {
				rule, err := tx.InsertRule(ctx, access.Rule{
					Subject: access.Subject{Type: access.SubjectApplication, ID: a.ID, Name: a.ClientID},
					RoleID:  roles[i%2], Scope: scopes[i/2], Times: access.Times{CreatedAt: w.now, UpdatedAt: w.now},
				})
				if err != nil {
					return err
				}
				row.rules = append(row.rules, rule)
			}
			row.RuleCount = len(row.rules)
			m.rows = append(m.rows, row)
		}
		return nil
	})
	return m
}

// list is what a store must answer to the query, without limit and offset.
func (m *model) list(q access.ApplicationQuery) []modelRow {
	var found []modelRow
	for _, row := range m.rows {
		if m.matches(row, q) {
			found = append(found, row)
		}
	}
	slices.SortFunc(found, func(a, b modelRow) int {
		order := cmp.Or(m.compare(a, b, q.Sort.Field), cmp.Compare(a.ID, b.ID))
		if q.Sort.Descending {
			return -order
		}
		return order
	})
	return found
}

func (m *model) matches(row modelRow, q access.ApplicationQuery) bool {
	within := slices.ContainsFunc(q.Reach, func(p access.ScopePath) bool { return p.Contains(row.ScopePath) })
	if !within || row.DeletedAt.IsZero() == q.Deleted || !row.shows(q.Search) {
		return false
	}
	return !slices.ContainsFunc(q.Filters, func(f access.Filter) bool { return !m.meets(row, f) })
}

// shows reports whether the table shows the text somewhere in the row.
func (r modelRow) shows(text string) bool {
	visible := []string{r.Name, r.ClientID, r.Description, r.CreatedBy, r.Key.EndsIn}
	for _, rule := range r.rules {
		visible = append(visible, rule.RoleName, rule.Scope.Name)
	}
	return slices.ContainsFunc(visible, func(v string) bool { return strings.Contains(access.Fold(v), access.Fold(text)) })
}

func (m *model) meets(row modelRow, f access.Filter) bool {
	switch f.Field {
	case "roleName":
		return anyMeets(row.rules, f, func(r access.Rule) string { return r.RoleName })
	case "scopeName":
		return anyMeets(row.rules, f, func(r access.Rule) string { return r.Scope.Name })
	case "accessRules":
		return compares(cmp.Compare(int64(row.RuleCount), f.Number()), f.Op)
	case "managedInId":
		return (row.ScopeID == f.Value) == (f.Op == access.Equal)
	case "managedWithinId":
		return slices.Contains(row.ScopePath.IDs(), f.Value) == (f.Op == access.Equal)
	}
	switch value := m.value(row, f.Field).(type) {
	case string:
		return textMeets(value, f)
	case time.Time:
		return timeMeets(value, f)
	}
	panic("the model does not know the field " + f.Field)
}

// anyMeets: one rule must meet a positive filter, all must meet a negative one.
func anyMeets(rules []access.Rule, f access.Filter, name func(access.Rule) string) bool {
	met := slices.ContainsFunc(rules, func(r access.Rule) bool { return textMeets(name(r), f) })
	if f.Op == access.NotEqual || f.Op == access.NotContains {
		return !slices.ContainsFunc(rules, func(r access.Rule) bool { return !textMeets(name(r), f) })
	}
	return met
}

func textMeets(value string, f access.Filter) bool {
	folded, wanted := access.Fold(value), access.Fold(f.Value)
	switch f.Op {
	case access.Contains:
		return strings.Contains(folded, wanted)
	case access.NotContains:
		return !strings.Contains(folded, wanted)
	case access.StartsWith:
		return strings.HasPrefix(folded, wanted)
	case access.EndsWith:
		return strings.HasSuffix(folded, wanted)
	}
	return compares(strings.Compare(value, f.Value), f.Op)
}

func timeMeets(value time.Time, f access.Filter) bool {
	from, until, never := f.Period()
	inside := !value.IsZero() && !value.Before(from) && value.Before(until)
	if never {
		inside = value.IsZero()
	}
	switch f.Op {
	case access.Equal:
		return inside
	case access.NotEqual:
		return !inside
	case access.AtMost:
		return !value.IsZero() && value.Before(until)
	default:
		return !value.IsZero() && !value.Before(from)
	}
}

func compares(order int, op access.Operator) bool {
	switch op {
	case access.Equal:
		return order == 0
	case access.NotEqual:
		return order != 0
	case access.AtMost:
		return order <= 0
	case access.AtLeast:
		return order >= 0
	}
	panic("no comparison: " + string(op))
}

// value is what a column holds.
func (m *model) value(row modelRow, field string) any {
	switch field {
	case "name":
		return row.Name
	case "clientId":
		return row.ClientID
	case "description":
		return row.Description
	case "createdBy":
		return row.CreatedBy
	case "keyEndsIn":
		return row.Key.EndsIn
	case "status":
		return string(row.Status(m.now))
	case "accessRules":
		return strconv.Itoa(row.RuleCount)
	case "lastLogin":
		return row.LastLogin
	case "createdAt":
		return row.CreatedAt
	case "updatedAt":
		return row.UpdatedAt
	case "keyExpiresAt":
		return row.Key.ExpiresAt
	case "managedIn":
		return m.place(row).Name
	}
	return nil
}

// place is the node at which an application is managed.
func (m *model) place(row modelRow) access.Scope {
	return m.places[slices.IndexFunc(m.places, func(s access.Scope) bool { return s.ID == row.ScopeID })]
}

// compare is the order of a column: bytes for text, but descriptions fold;
// never comes before every login and after every expiry.
func (m *model) compare(a, b modelRow, field string) int {
	switch field {
	case "description":
		return strings.Compare(access.Fold(a.Description), access.Fold(b.Description))
	case "accessRules":
		return cmp.Compare(a.RuleCount, b.RuleCount)
	case "keyExpiresAt":
		return cmp.Compare(expiry(a), expiry(b))
	}
	switch x := m.value(a, field).(type) {
	case string:
		return strings.Compare(x, m.value(b, field).(string))
	case time.Time:
		return x.Compare(m.value(b, field).(time.Time))
	}
	panic("the model does not sort by " + field)
}

func expiry(row modelRow) int64 {
	if row.Key.ExpiresAt.IsZero() {
		return math.MaxInt64
	}
	return row.Key.ExpiresAt.UnixMicro()
}
