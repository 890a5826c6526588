package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"latchkey/access"
)

// versioned is a thing that can be read, and perhaps changed, under an ETag.
type versioned struct {
	address string
	// change is the body of a PATCH that changes it; none where nothing can.
	change string
	// alter changes it some other way, so that its version moves on.
	alter func()
	// lasting things cannot be deleted here.
	lasting bool
}

// TestETags: everything that has an address of its own is read under an ETag
// that saves the answer, and changed only if it is what was read (ux.md 45).
func TestETags(t *testing.T) {
	p := newProduct(t)
	ada := p.person(t, "ada@example.com", access.SystemAdministrator)
	bob := p.idOf(t, p.send(ada, "POST", "/api/v1/users", `{"email":"bob@example.com"}`))
	eu := p.make(t, ada, clusters, `{"name":"eu-1"}`)
	research := p.make(t, ada, departments, object("name", "research", "clusterId", eu))
	vision := p.make(t, ada, projects, object("name", "vision", "parentId", research))
	p.application(t, "ci")
	rule := p.numberOf(t, p.send(ada, "POST", accessRules, ruleBody("ci", access.Viewer, access.Scope{ID: vision, Type: access.ScopeProject})))

	things := map[string]versioned{
		"user":   {address: "/api/v1/users/" + bob, alter: func() { p.send(ada, "POST", "/api/v1/users/"+bob+"/password", "").want(t, 200) }},
		"role":   {address: "/api/v1/authorization/roles/7", lasting: true},
		"rule":   {address: fmt.Sprint(accessRules, "/", rule)},
		"1 node": {address: projects + "/" + vision, change: `{"name":"sight"}`},
		"2 node": {address: departments + "/" + research, change: `{"name":"science"}`},
		"3 node": {address: clusters + "/" + eu, change: `{"name":"eu-2"}`},
	}
	for _, noun := range applicationNouns {
		id := p.idOf(t, p.send(ada, "POST", noun, object("name", "app"+noun[8:9])))
		things[noun] = versioned{address: noun + "/" + id, change: `{"enabled":false}`}
	}
	for _, noun := range []string{"/api/v1/access-keys", "/api/v1/user-applications"} {
		address := noun + "/" + p.idOf(t, p.send(ada, "POST", noun, object("name", "key"+noun[8:9])))
		things[noun] = versioned{address: address, alter: func() { p.send(ada, "POST", address+"/secret", "").want(t, 200) }}
	}
	// What hangs on a node goes before it.
	for _, name := range []string{"rule", "1 node", "2 node", "3 node", "user", "role", applicationNouns[0], applicationNouns[1], "/api/v1/access-keys", "/api/v1/user-applications"} {
		t.Run(name, func(t *testing.T) { p.checkETag(t, ada, things[name]) })
	}
}

func (p *product) checkETag(t *testing.T, bearer string, thing versioned) {
	read := func(ifNoneMatch string) answer {
		return p.send(bearer, http.MethodGet, thing.address, "", "If-None-Match", ifNoneMatch)
	}
	first := read("").want(t, 200)
	tag := first.header.Get("ETag")
	for _, known := range []string{tag, `"x", W/` + tag, "*"} {
		if got := read(known).want(t, 304); got.header.Get("ETag") != tag {
			t.Errorf("If-None-Match %s: ETag %s", known, got.header.Get("ETag"))
		}
	}
	read(`"x"`).want(t, 200)
	if thing.lasting {
		return
	}
	const sameVersion = `"1"`
	stale := []string{`"x"`, `"99"`, strings.Trim(tag, `"`), "W/" + tag, `"99-` + tag[3:]}
	switch {
	case thing.change != "":
		changed := p.send(bearer, http.MethodPatch, thing.address, thing.change, "If-Match", tag).want(t, 200)
		stale = append(stale, tag)
		tag = changed.header.Get("ETag")
		if now := read("").header.Get("ETag"); now != tag {
			t.Errorf("the change answers the ETag %s, and it is %s", tag, now)
		}
		for _, old := range stale {
			p.send(bearer, http.MethodPatch, thing.address, `{"name":"other","description":"other"}`, "If-Match", old).wantStale(t)
		}
	case thing.alter != nil:
		thing.alter()
		stale = append(stale, tag, sameVersion)
		tag = read("").header.Get("ETag")
	}
	for _, old := range stale {
		p.send(bearer, http.MethodDelete, thing.address, "", "If-Match", old).wantStale(t)
	}
	read(tag).want(t, 304)
	p.send(bearer, http.MethodDelete, thing.address, "", "If-Match", `"98", `+tag).want(t, 204)
	p.send(bearer, http.MethodDelete, thing.address, "", "If-Match", tag).want(t, 404)
}

// wantStale is a refusal that says how to go on.
func (a answer) wantStale(t *testing.T) {
	t.Helper()
	a.want(t, 412, `"code":412`, "It was changed since it was read.", `"details":"`, "GET it again", "If-Match")
}

// TestAStaleChangeSaysWhoWasFirst: who made the change that came between, and when.
func TestAStaleChangeSaysWhoWasFirst(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	app := p.application(t, "ci")
	one := "/api/v1/apps/" + app.ID
	tag := p.get(t, bearer, one).want(t, 200).header.Get("ETag")
	_, err := p.svc.DescribeApplication(context.Background(), operator(), app.ID, "nightly", 0)
	must(t, err)
	p.send(bearer, http.MethodPatch, one, `{"description":"daily"}`, "If-Match", tag).
		want(t, 412, operator().Principal.Name+" changed it at 2026-11-23T04:10:22Z. GET it again")
}

// TestSignInIsNoConflict: an application that signs in all the time can be
// changed by whoever read it before; but it is news to whoever reads.
func TestSignInIsNoConflict(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	app := p.application(t, "ci")
	one := "/api/v1/apps/" + app.ID
	before := p.get(t, bearer, one).header.Get("ETag")
	p.tokenFor(t, app)
	must(t, p.svc.Flush(t.Context()))
	p.send(bearer, "GET", one, "", "If-None-Match", before).want(t, 200, `"lastLogin":"2026`)
	p.send(bearer, "PATCH", one, `{"enabled":false}`, "If-Match", before).want(t, 200)
	p.send(bearer, "PATCH", one, `{"enabled":true}`, "If-Match", before).wantStale(t)
}

// TestIfMatchTellsNothing: whoever may not change a thing is told that, and
// nothing of its version.
func TestIfMatchTellsNothing(t *testing.T) {
	p := newProduct(t)
	viewer := p.application(t, "viewer")
	p.grant(t, viewer, 1709, access.TenantNodeID) // Cloud support reads nearly all
	bearer := p.tokenFor(t, viewer)
	admin := p.admin(t)
	bob := p.idOf(t, p.send(admin, "POST", "/api/v1/users", `{"email":"bob@example.com"}`))
	eu := p.make(t, admin, clusters, `{"name":"eu-1"}`)
	for _, tag := range []string{`"1"`, `"7"`, `"x"`} {
		p.send(bearer, "DELETE", "/api/v1/users/"+bob, "", "If-Match", tag).want(t, 403, "delete Users")
		p.send(bearer, "PATCH", clusters+"/"+eu, `{"name":"mine"}`, "If-Match", tag).want(t, 403, "update Clusters")
		p.send(bearer, "DELETE", clusters+"/"+eu, "", "If-Match", tag).want(t, 403, "delete Clusters")
	}
}

// idOf is the id of what was created.
func (p *product) idOf(t testing.TB, got answer) string {
	t.Helper()
	var made struct{ ID string }
	got.want(t, 201).decode(t, &made)
	return made.ID
}

func (p *product) numberOf(t testing.TB, got answer) int {
	t.Helper()
	var made struct{ ID int }
	got.want(t, 201).decode(t, &made)
	return made.ID
}
