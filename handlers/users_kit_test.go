package handlers_test

import (
	"context"
	"strings"

	"latchkey/access"
)

// prepareUser makes what a page about a user needs to be asked about.
func (q *quarter) prepareUser(path string, s *subject) {
	q.t.Helper()
	if strings.Contains(path, ":rule") {
		s.rule = q.grant(access.SubjectUser, s.user, access.Viewer, q.own)
	}
	if strings.Contains(path, "enable") {
		_, err := q.svc.SetUserDisabled(context.Background(), q.operator(), s.user, true)
		must(q.t, err)
	}
}

func (p *product) rulesOfUser(id string) []access.Rule {
	p.t.Helper()
	rules, err := p.db.RulesOf(context.Background(), access.Subject{Type: access.SubjectUser, ID: id})
	must(p.t, err)
	return rules
}

func userPath(user access.User, what string) string { return "/users/" + user.ID + "/" + what }
