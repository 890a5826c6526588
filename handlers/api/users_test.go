package api_test

import (
	"context"
	"strings"
	"testing"

	"latchkey/access"
)

type wireUser struct {
	ID, Username, CreatedBy string
	IsLocal                 bool
	Groups                  []string
	TempPassword            string
}

// TestUserLife is all that a script does with a user.
func TestUserLife(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	ctx := context.Background()

	var made wireUser
	p.send(bearer, "POST", "/api/v1/users", `{"email":"Ada@example.com","resetPassword":true,"notify":null}`).want(t, 201).decode(t, &made)
	if made.Username != "ada@example.com" || made.TempPassword == "" {
		t.Fatalf("%+v", made)
	}
	p.send(bearer, "POST", "/api/v1/users", `{"email":"ada@example.com"}`).want(t, 409, "already")
	user, err := p.svc.SignIn(ctx, access.Origin{}, "ada@example.com", made.TempPassword)
	must(t, err)
	if !user.MustChangePassword {
		t.Error("the temporary password may stay")
	}

	one := "/api/v1/users/" + made.ID
	p.get(t, bearer, one).want(t, 200, `"username":"ada@example.com"`, `"createdBy":"admin"`, `"isLocal":true`, `"groups":[]`)
	if out := p.send(bearer, "POST", one+"/logout", "").want(t, 200); out.body != "" {
		t.Errorf("%q", out.body)
	}
	var reset wireUser
	p.send(bearer, "POST", one+"/password", "").want(t, 200).decode(t, &reset)
	if reset.TempPassword == "" || reset.TempPassword == made.TempPassword {
		t.Errorf("%+v", reset)
	}
	if _, err := p.svc.SignIn(ctx, access.Origin{}, "ada@example.com", made.TempPassword); err == nil {
		t.Error("the old password still works")
	}
	p.send(bearer, "POST", "/api/v1/me/password", `{"currentPassword":"a","newPassword":"b"}`).want(t, 403, "Only users have a password")

	p.send(bearer, "DELETE", one, "").want(t, 204)
	for _, again := range []answer{p.get(t, bearer, one), p.send(bearer, "DELETE", one, ""), p.send(bearer, "POST", one+"/logout", ""), p.send(bearer, "POST", one+"/password", "")} {
		again.want(t, 404, "Resource id not found.")
	}
	p.send(bearer, "POST", "/api/v1/users", `{"email":"ada@example.com"}`).want(t, 201)

	for body, words := range map[string]string{
		`{}`:              "email is missing.",
		`{"email":7}`:     "email must be text",
		`{"email":"ada"}`: "not an e-mail address",
		`{"email":"a@b.cc","resetPassword":"yes"}`: "resetPassword must be true or false",
	} {
		p.send(bearer, "POST", "/api/v1/users", body).want(t, 400, words)
	}
}

func TestUserList(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	for _, name := range []string{"ada", "bob", "cyd"} {
		p.wait(1000)
		p.send(bearer, "POST", "/api/v1/users", object("email", name+"@example.com")).want(t, 201)
	}
	for query, want := range map[string]string{
		"":                                "ada bob cyd",
		"?":                               "ada bob cyd",
		"limit=2":                         "ada bob",
		"limit=500&offset=2":              "cyd",
		"search=BOB":                      "bob",
		"filterBy=username=@ada":          "ada",
		"filterBy=isLocal==true":          "ada bob cyd",
		"filterBy=isLocal==false":         "",
		"filter=runai.is_local%3Atrue":    "ada bob cyd",
		"filter=runai.is_local:false":     "",
		"sortBy=username&sortOrder=desc":  "cyd bob ada",
		"sortBy=UserSortFields.LASTLOGIN": "ada bob cyd",
	} {
		got := p.get(t, bearer, "/api/v1/users?"+query).want(t, 200)
		var list []wireUser
		got.decode(t, &list)
		var names []string
		for _, user := range list {
			name, _, _ := strings.Cut(user.Username, "@")
			names = append(names, name)
		}
		if strings.Join(names, " ") != want || got.header.Get("X-Total-Count") == "" {
			t.Errorf("?%s: %v of %s, want %s", query, names, got.header.Get("X-Total-Count"), want)
		}
	}
	p.get(t, bearer, "/api/v1/users/count?search=b").want(t, 200, `{"count":1}`)
	for _, query := range []string{"limit=0", "limit=501", "sortBy=password", "filterBy=password==x", "filter=runai.is_admin:true", "offset=x"} {
		p.get(t, bearer, "/api/v1/users?"+query).want(t, 400, `"code":400`)
	}
	got := p.send(bearer, "GET", "/api/v1/users?sortBy=username", "", "Accept", "text/csv").want(t, 200)
	if lines := strings.Split(got.body, "\r\n"); len(lines) != 5 || lines[0] != "id,username,createdBy,createdAt,updatedAt,lastLogin,isLocal,groups" || !strings.HasSuffix(lines[1], ",true,[]") {
		t.Errorf("%q", got.body)
	}
}

// TestUserTakeover: nobody becomes, or removes, somebody who holds more; and
// somebody is left to administer (security.md 39, 40).
func TestUserTakeover(t *testing.T) {
	p := newProduct(t)
	ctx := context.Background()
	boss, err := p.svc.CreateUser(ctx, operator(), access.NewUser{Email: "boss@example.com", Password: "nine loud geese cross the weir", RoleID: access.SystemAdministrator})
	must(t, err)
	one := "/api/v1/users/" + boss.ID
	admin := p.admin(t)
	p.send(admin, "DELETE", one, "").want(t, 409, "last administrator")

	reader := p.application(t, "reader")
	p.grant(t, reader, 1711, access.TenantNodeID) // Cloud operator reads users
	bearer := p.tokenFor(t, reader)
	p.get(t, bearer, one).want(t, 200)
	for _, try := range [][2]string{{"DELETE", one}, {"POST", one + "/password"}, {"POST", one + "/logout"}, {"POST", "/api/v1/users"}} {
		p.send(bearer, try[0], try[1], `{"email":"x@example.com"}`).want(t, 403, "permission to ", "Users")
	}
	stranger := p.tokenFor(t, p.application(t, "nobody"))
	p.get(t, stranger, one).want(t, 404, "Resource id not found.")
	if missing := p.get(t, stranger, "/api/v1/users/no-such"); missing.status != 404 {
		t.Errorf("%+v", missing)
	}
	p.get(t, stranger, "/api/v1/users").want(t, 403, "permission to read Users")
}
