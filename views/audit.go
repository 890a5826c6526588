package views

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"latchkey/access"
	"latchkey/views/ui"
)

const auditHref = "/audit-log"

// AuditTable is the audit log.
var AuditTable = &TableKind{
	Name:    "audit-log",
	Path:    auditHref,
	Heading: "Audit log",
	Lead:    "Who did what, when and from where. Entries are never changed and never removed.",
	One:     "entry",
	Many:    "entries",
	Schema:  access.EventSchema,
	Columns: []string{
		"timestamp", "subject", "action", "entity_name", "result", "source_ip",
		"subject_type", "entity_type", "entity_id", "http_method", "url", "request_id",
	},
	Shown:      6,
	Unfiltered: []string{"about", "cluster_name"},
	API:        "/api/v1/audit/log",
	APIQuery:   auditQuery,
	Reference:  "Audit-log",
	Ask:        "may read the event history, such as System administrator",
}

// auditQuery asks the API for the same list: its oldest come first unless it is
// told otherwise, its pages have another name, and it wants a period.
func auditQuery(l access.List, now time.Time) string {
	offset := l.Offset
	if l.After != "" || l.Before != "" {
		offset = max(0, l.Page-1) * l.Limit // cursors are the console's own
	}
	q := l.WithOffset(offset).Values(access.EventSchema)
	q.Del("limit")
	q.Set("numberOfSamples", strconv.Itoa(l.Limit))
	q.Set("sortBy", l.Sort.Field)
	if l.Sort.Descending {
		q.Set("sortOrder", "desc")
	}
	q.Set("start", "2020-01-01T00:00:00Z") // before there was any
	q.Set("end", now.UTC().Add(time.Minute).Format(time.RFC3339))
	return q.Encode()
}

// AuditScreen is the audit log with its rows.
type AuditScreen struct {
	TableScreen
	Rows []access.Event
}

func (s AuditScreen) parts() tableParts {
	return tableParts{More: auditMore(s), Table: auditTable(s), Empty: auditEmpty()}
}

// jsonHref is the list as a file of the API's form.
func (s AuditScreen) jsonHref() string {
	return s.Kind.href(".json", s.List.FirstPage().WithLimit(access.DefaultLimit))
}

// AuditEntryHref is the address of an entry as one of a list.
func AuditEntryHref(id string, l access.List) string {
	return listHref(auditHref+"/"+id, access.EventSchema, l.FirstPage().WithLimit(access.DefaultLimit))
}

func resultKind(r access.EventResult) ui.StatusKind {
	if r == access.Failed {
		return ui.StatusDanger
	}
	return ui.StatusPositive
}

// ---- words ----

// EventSubject is who did it, as the log knows them.
func EventSubject(e access.Event) string {
	if e.Subject.Name == "" {
		return "Nobody"
	}
	return access.Visible(e.Subject.Name)
}

// EventSubjectType is the kind of who did it, in the words of the filter.
func EventSubjectType(e access.Event) string {
	if e.Subject.Type == access.SubjectApplication {
		return "App"
	}
	return "User"
}

// entityWords are kinds of entity that are called something else than their
// name in the log.
var entityWords = map[string]struct{ one, many string }{
	"application":        {"application", "applications"},
	"application-secret": {"the secret key of", "secret keys"},
	"public-key":         {"a public key of", "public keys"},
	"access-rule":        {"access rule", "access rules"},
	"access-key":         {"access key", "access keys"},
	"access-key-secret":  {"the secret key of access key", "access keys"},
	"user":               {"user", "users"},
	"audit-log":          {"the audit log", "the audit log"},
	"signing-key":        {"signing key", "signing keys"},
	"tenant":             {"the organization", "the organization"},
}

// EntityKindWords is a kind of entity as people call it, such as "Access rule".
func EntityKindWords(kind string) string {
	words := strings.ReplaceAll(access.Visible(kind), "-", " ")
	if kind == "application-secret" {
		words = "secret key"
	}
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

func entityPhrase(e access.Event) string {
	words, known := entityWords[e.EntityType]
	if !known {
		words.one = strings.ReplaceAll(access.Visible(e.EntityType), "-", " ")
		words.many = words.one
	}
	switch {
	case e.EntityName != "":
		return words.one + " " + access.Visible(e.EntityName)
	case e.EntityID != "":
		return words.one + " " + access.Visible(e.EntityID)
	default:
		return words.many
	}
}

// eventVerbs are what was done, and what was tried.
var eventVerbs = map[access.EventAction]struct{ done, tried string }{
	access.EventCreate:        {"created", "create"},
	access.EventUpdate:        {"changed", "change"},
	access.EventDelete:        {"deleted", "delete"},
	access.EventResetPassword: {"set the password of", "set the password of"},
	access.EventExport:        {"downloaded", "download"},
	access.EventRead:          {"looked at", "look at"},
}

// EventDeed says what was done, without by whom: "created application ci".
func EventDeed(e access.Event) string {
	failed := e.Result == access.Failed
	switch {
	case e.Action == access.EventSignIn && failed:
		return "could not sign in"
	case e.Action == access.EventSignIn:
		return "signed in"
	case e.Action == access.EventSignOut && e.EntityType == "user":
		return "signed " + access.Visible(e.EntityName) + " out everywhere"
	case e.Action == access.EventSignOut:
		return "signed out"
	}
	verb, known := eventVerbs[e.Action]
	switch {
	case !known:
		return access.Visible(string(e.Action)) + " " + entityPhrase(e)
	case failed:
		return "tried to " + verb.tried + " " + entityPhrase(e)
	default:
		return verb.done + " " + entityPhrase(e)
	}
}

// ---- one entry ----

// AuditEntry is one entry of the audit log, opened.
type AuditEntry struct {
	InPage bool
	Event  access.Event
	Clock  Clock
	// Touches are the things that the entry is about and that still exist.
	Touches []Link
	// List is the list that it was opened in; Previous and Next are the
	// addresses of its neighbours there, or empty.
	List           access.List
	Previous, Next string
	// Stepped says which of the two led here, "previous" or "next", or is empty.
	Stepped string
}

// The parameter by which a step from entry to entry keeps the focus on itself.
const (
	ParamStep    = "step"
	StepPrevious = "previous"
	StepNext     = "next"
)

// StepHref is the address of a neighbour, which keeps the focus on the button
// that led there.
func StepHref(id string, l access.List, step string) string {
	href := AuditEntryHref(id, l)
	separator := "?"
	if strings.Contains(href, "?") {
		separator = "&"
	}
	return href + separator + ParamStep + "=" + step
}

// InAuditLog is the audit log in a state, from which an entry was opened.
func InAuditLog(id string, l access.List) Place {
	return Place{Heading: AuditTable.Heading, Href: AuditTable.Href(l), Focus: ui.RowLinkTo(auditHref + "/" + id)}
}

// heading is the entry in a sentence.
func (s AuditEntry) heading() string { return EventSubject(s.Event) + " " + EventDeed(s.Event) }

func (s AuditEntry) announcement() string {
	if s.Stepped == "" {
		return ""
	}
	return s.heading() + ", " + ui.ExactText(s.Event.At, s.Clock.Zone)
}

// stepping gives the focus to the button that was pressed, so that it can be
// pressed again; at the end of the list the other one has it.
func (s AuditEntry) stepping(step string) templ.Attributes {
	stuck := (s.Stepped == StepNext && s.Next == "") || (s.Stepped == StepPrevious && s.Previous == "")
	return autofocusIf(s.Stepped != "" && (s.Stepped == step) != stuck)
}

// change is one line of before and after.
type change struct{ What, Before, After string }

// changes are what the metadata tell as before.x and after.x, by name.
func (s AuditEntry) changes() []change {
	byName := map[string]change{}
	for key, value := range s.Event.Metadata {
		c, side, isChange := changeSide(key)
		if !isChange {
			continue
		}
		line := byName[c]
		line.What = c
		if side == sideBefore {
			line.Before = access.Visible(value)
		} else {
			line.After = access.Visible(value)
		}
		byName[c] = line
	}
	lines := make([]change, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		lines = append(lines, byName[name])
	}
	return lines
}

const (
	sideBefore = "before."
	sideAfter  = "after."
)

func changeSide(key string) (what, side string, ok bool) {
	for _, side := range []string{sideBefore, sideAfter} {
		if what, ok := strings.CutPrefix(key, side); ok {
			return what, side, true
		}
	}
	return "", "", false
}

// reasonKey is why something failed; it stands above the rest.
const reasonKey = "reason"

// details are the other metadata, by name.
func (s AuditEntry) details() []Pair {
	var pairs []Pair
	for _, key := range slices.Sorted(maps.Keys(s.Event.Metadata)) {
		if _, _, isChange := changeSide(key); !isChange && key != reasonKey {
			pairs = append(pairs, Pair{Name: nameWords(key), Value: access.Visible(s.Event.Metadata[key])})
		}
	}
	return pairs
}

// nameWords spells a name of the metadata as words: "tokenLifetime" is "Token
// lifetime".
func nameWords(name string) string {
	var b strings.Builder
	for i, r := range access.Visible(name) {
		isUpper := r >= 'A' && r <= 'Z'
		switch {
		case i == 0:
			b.WriteString(strings.ToUpper(string(r)))
		case isUpper:
			b.WriteString(" " + strings.ToLower(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	words := b.String()
	if before, isID := strings.CutSuffix(words, " id"); isID {
		return before + " ID"
	}
	return words
}

// AuditAbout is the address of the audit log about a subject or an entity.
func AuditAbout(id string) string { return AuditTable.Href(access.Activity(id)) }

// VerifiedLog says what came of a walk over the whole audit log.
func VerifiedLog(check access.LogCheck, clock Clock) Notice {
	if check.Fault != nil {
		n := Notice{Title: "The audit log was tampered with", Text: access.Visible(check.Fault.Error()) + ". Everything before it is as it was written."}
		if check.Fault.EventID != "" {
			n.Action = Link{Label: "Show that entry", Href: AuditEntryHref(check.Fault.EventID, AuditTable.FirstList()), Dialog: true}
		}
		return n
	}
	return Notice{
		Title: "Log verified up to " + ui.ExactText(clock.Now, clock.Zone),
		Text: "All " + Counted(int(check.Head.Position), "entry is", "entries are") + " as they were written. " +
			"Whoever can write to the database could make a whole log anew: keep its head elsewhere, and “latchkey audit verify” will find that, too. The head is " + check.Head.String() + ".",
	}
}

// SubjectRulesHref leads to the access rules of a subject.
func SubjectRulesHref(s access.Subject) string {
	if s.Type == access.SubjectApplication {
		return ApplicationHref(s.ID, "rules")
	}
	return rulesWhere("subjectId", s.ID)
}

// ScopeRulesHref leads to the access rules that were made at a node.
func ScopeRulesHref(id string) string { return rulesWhere("scopeId", id) }

// rulesWhere is the address of the access rules with one filter.
func rulesWhere(field, value string) string {
	return AccessRulesTable.Href(AccessRulesTable.FirstList().WithFilter(access.Filter{Field: field, Op: access.Equal, Value: value}))
}
