package api_test

import (
	"context"
	"strings"
	"testing"

	"latchkey/access"
)

// person is the token of a user, who came in with an access key.
func (p *product) person(t testing.TB, email string, role int32) string {
	t.Helper()
	ctx := context.Background()
	user, err := p.svc.CreateUser(ctx, operator(), access.NewUser{Email: email, Password: userPassword, RoleID: role})
	must(t, err)
	principal, _, err := p.svc.UserPrincipal(ctx, user.ID)
	must(t, err)
	key, secret, err := p.svc.CreateAccessKey(ctx, access.Caller{Principal: principal}, access.NewAccessKey{Name: "first"})
	must(t, err)
	return p.tokenFor(t, application{access.Application{ClientID: key.ClientID}, secret.Reveal()})
}

const userPassword = "nine loud geese cross the weir"

// TestAccessKeyLife is all that a user does with keys of their own, by both names.
func TestAccessKeyLife(t *testing.T) {
	for noun, list := range map[string]struct{ before, after string }{
		"/api/v1/user-applications": {"[", "]"},
		"/api/v1/access-keys":       {`{"accessKeys":[`, "]}"},
	} {
		t.Run(noun, func(t *testing.T) {
			p := newProduct(t)
			ada, bob := p.person(t, "ada@example.com", access.SystemAdministrator), p.person(t, "bob@example.com", 0)
			first := p.get(t, ada, noun).want(t, 200, list.before+`{"`, `"name":"first"`, "}"+list.after)
			if strings.Contains(first.body, "createdBy") || strings.Contains(first.body, "ecret") {
				t.Errorf("%s", first.body)
			}

			var made created
			p.send(ada, "POST", noun, `{"name":"laptop"}`).want(t, 201, `"createdAt":"`).decode(t, &made)
			if made.ClientID == "" || made.ClientID == made.Name || made.Secret == "" || made.Secret != made.ClientSecret {
				t.Errorf("%+v", made)
			}
			p.send(ada, "POST", noun, `{"name":"laptop"}`).want(t, 409, "already")
			p.send(bob, "POST", noun, `{"name":"laptop"}`).want(t, 201)
			p.send(ada, "POST", noun, `{"name":"Lap top"}`).want(t, 400, "name")

			one := noun + "/" + made.ID
			p.get(t, ada, one).want(t, 200, `"name":"laptop"`, `"lastLogin":null`)
			for _, foreign := range []answer{p.get(t, bob, one), p.send(bob, "DELETE", one, ""), p.send(bob, "POST", one+"/secret", "")} {
				foreign.want(t, 404, "Resource id not found.")
			}

			key := application{access.Application{ClientID: made.ClientID}, made.Secret}
			bearer := p.tokenFor(t, key)
			p.get(t, bearer, "/api/v1/users").want(t, 200, "ada@example.com") // as Ada
			var secret created
			p.send(ada, "POST", one+"/secret", "").want(t, 200).decode(t, &secret)
			p.get(t, bearer, noun).want(t, 401)
			key.secret = secret.ClientSecret
			p.tokenFor(t, key)

			csv := p.send(ada, "GET", noun, "", "Accept", "text/csv").want(t, 200)
			if lines := strings.Split(csv.body, "\r\n"); len(lines) != 4 || lines[0] != "id,name,clientId,createdAt,lastLogin" {
				t.Errorf("%q", csv.body)
			}
			p.send(ada, "DELETE", one, "").want(t, 204)
			p.get(t, ada, one).want(t, 404)

			// An application has none.
			p.get(t, p.admin(t), noun).want(t, 403, "Only users have access keys.")
		})
	}
}

// TestAccessKeyAdministration: everybody's keys, for those who manage users.
func TestAccessKeyAdministration(t *testing.T) {
	for noun, list := range map[string]struct{ before, after string }{
		"/api/v1/administration/user-applications": {"[", "]"},
		"/api/v1/administration/access-keys":       {`{"accessKeys":[`, "]}"},
	} {
		p := newProduct(t)
		boss, bob := p.person(t, "boss@example.com", access.SystemAdministrator), p.person(t, "bob@example.com", 0)
		p.get(t, boss, noun).want(t, 200, list.before, `"createdBy":"boss@example.com"`, `"createdBy":"bob@example.com"`, list.after)
		got := p.get(t, boss, noun+"?createdBy=bob@example.com").want(t, 200, "bob")
		if strings.Contains(got.body, "boss") {
			t.Errorf("%s", got.body)
		}
		if none := p.get(t, boss, noun+"?clientId=nobody").want(t, 200); strings.TrimSpace(none.body) != list.before+list.after {
			t.Errorf("%s", none.body)
		}
		id := got.body[strings.Index(got.body, `"id":"`)+6:][:36]
		p.get(t, bob, noun).want(t, 403, "permission to read Users")
		p.send(bob, "DELETE", noun+"/"+id, "").want(t, 403, "permission to update Users")
		p.send(boss, "DELETE", noun+"/"+id, "").want(t, 204)
		p.send(boss, "DELETE", noun+"/"+id, "").want(t, 404)
		p.get(t, bob, "/api/v1/access-keys").want(t, 401) // it was the one he came in with
	}
}

// TestMyPassword: for tokens of users.
func TestMyPassword(t *testing.T) {
	p := newProduct(t)
	ada := p.person(t, "ada@example.com", 0)
	const next = "seven quiet otters swim upstream"
	p.send(ada, "POST", "/api/v1/me/password", object("currentPassword", "wrong", "newPassword", next)).want(t, 400, "not your present password")
	p.send(ada, "POST", "/api/v1/me/password", object("currentPassword", userPassword, "newPassword", "short")).want(t, 400, "newPassword")
	p.send(ada, "POST", "/api/v1/me/password", object("currentPassword", userPassword)).want(t, 400, "newPassword is missing.")
	changed := p.send(ada, "POST", "/api/v1/me/password", object("currentPassword", userPassword, "newPassword", next)).want(t, 200)
	if strings.TrimSpace(changed.body) != "{}" {
		t.Errorf("%s", changed.body)
	}
	_, err := p.svc.SignIn(context.Background(), access.Origin{}, "ada@example.com", next)
	must(t, err)
}
