package handlers_test

import (
	"context"
	"crypto/rand"
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

// session signs somebody in anew without a browser, and answers its handle.
func (p *product) session(email string) string {
	p.t.Helper()
	at := p.clock()
	s := access.Session{UserID: p.user(email).ID, CreatedAt: at, LastSeenAt: at, ExpiresAt: at.Add(access.MaxSessionLongest), SourceIP: "203.0.113.9"}
	_, err := rand.Read(s.IDHash[:])
	must(p.t, err)
	must(p.t, p.db.SaveSession(context.Background(), s))
	return s.Handle()
}

// sessionOf is the handle of somebody's newest sign-in, empty without any.
func (p *product) sessionOf(email string) string {
	p.t.Helper()
	sessions, err := p.db.SessionsOf(context.Background(), p.user(email).ID)
	must(p.t, err)
	if len(sessions) == 0 {
		return ""
	}
	return sessions[0].Handle()
}
