package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

const newUserForm = "#new-user-form"

// fillNewUser is the form of a new user with this address.
func (b *browser) fillNewUser(email string) url.Values {
	b.t.Helper()
	fields := b.fill("/users/new", newUserForm)
	fields.Set("email", email)
	return fields
}

// signInAs is a new browser in which somebody signs in.
func (p *product) signInAs(email, password string) (*browser, *answer) {
	p.t.Helper()
	b := p.visitor()
	return b, b.post("/sign-in", url.Values{"email": {email}, "password": {password}})
}

// TestAUserFromTheFirstPasswordToTheLast is what happens to most users.
func TestAUserFromTheFirstPasswordToTheLast(t *testing.T) {
	onEachEngine(t, func(t *testing.T, database func(testing.TB) string) {
		p := newProductOver(t, database(t))
		admin := p.administrator()
		const email = "grace@example.com"

		form := admin.fillNewUser(email)
		form.Set("roleId", fmt.Sprint(cloudOperator))
		form.Set("scopeId", access.TenantNodeID)
		created := admin.post("/users", form).wantStatus(http.StatusCreated).wantNoStore()
		created.wantText("#secret-email", email).wantText("#secret-sign-in", p.url+"/sign-in")
		temporary := created.secret()
		user := p.user(email)
		if rules := p.rulesOfUser(user.ID); len(rules) != 1 || rules[0].RoleID != cloudOperator || rules[0].CreatedBy != adminEmail {
			t.Errorf("the first rules are %+v", rules)
		}

		grace, in := p.signInAs(email, temporary)
		in.wantStatus(http.StatusSeeOther)
		for _, path := range []string{"/applications", "/users/" + user.ID, "/applications.csv"} {
			if to := grace.get(path).wantStatus(http.StatusSeeOther).header.Get("Location"); to != "/account/password" {
				t.Errorf("%s leads to %q with a temporary password", path, to)
			}
		}
		const own = "nine loud geese cross the weir"
		grace.post("/account/password", url.Values{"currentPassword": {temporary}, "newPassword": {own}}).wantStatus(http.StatusSeeOther)
		grace.get("/applications").wantStatus(http.StatusOK)
		grace.get("/users/new").wantStatus(http.StatusForbidden)

		// Disabled while signed in: the next request asks who is there.
		admin.post(userPath(user, "disable"), nil).wantStatus(http.StatusOK)
		grace.get("/applications").wantStatus(http.StatusSeeOther)
		_, in = p.signInAs(email, own)
		in.wantStatus(http.StatusUnauthorized)
		admin.post(userPath(user, "enable"), nil).wantStatus(http.StatusOK)
		grace, in = p.signInAs(email, own)
		in.wantStatus(http.StatusSeeOther)

		admin.post(userPath(user, "sign-out"), nil).wantStatus(http.StatusOK)
		grace.get("/applications").wantStatus(http.StatusSeeOther)
		grace, in = p.signInAs(email, own)
		in.wantStatus(http.StatusSeeOther)

		path := userPath(user, "password")
		reset := admin.post(path, admin.fill(path, "#user-password-form")).wantStatus(http.StatusOK).wantNoStore().secret()
		if reset == temporary {
			t.Error("the temporary password is the same")
		}
		grace.get("/applications").wantStatus(http.StatusSeeOther)
		_, in = p.signInAs(email, own)
		in.wantStatus(http.StatusUnauthorized)
		grace, in = p.signInAs(email, reset)
		in.wantStatus(http.StatusSeeOther)

		path = userPath(user, "delete")
		admin.get(path).wantStatus(http.StatusOK).wantText("#user-delete", "In 1 place")
		admin.post(path, url.Values{"confirmName": {"grace"}}).wantStatus(http.StatusUnprocessableEntity).wantText("#user-delete-problems", "exactly as it is written")
		admin.post(path, url.Values{"confirmName": {email}}).wantStatus(http.StatusOK).wantText("#notice", "The audit log keeps what they did")
		grace.get("/account/password").wantStatus(http.StatusSeeOther)
		_, in = p.signInAs(email, reset)
		in.wantStatus(http.StatusUnauthorized)
		admin.get("/users").wantRows(adminEmail)
		admin.get(userPath(user, "rules")).wantStatus(http.StatusNotFound).wantText("#notice", "This user is gone")
	})
}

func TestATemporaryPasswordIsShownOnce(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	form := b.fillNewUser("grace@example.com")
	created := b.scripted().post("/users", form).wantStatus(http.StatusCreated)
	if created.isPage() || created.find("[data-secret-value]").AttrOr("type", "") != "password" {
		t.Error("the temporary password is not masked, or in a page of its own")
	}
	temporary := created.secret()
	if strings.Count(created.body, temporary) != 1 {
		t.Error("the temporary password is in the dialog more than once")
	}
	user := p.user("grace@example.com")

	again := b.post("/users", form).wantStatus(http.StatusConflict)
	again.wantText("#notice", "the second changed nothing")
	if href := again.find("#notice-action").AttrOr("href", ""); href != userPath(user, "password") {
		t.Errorf("the way on leads to %q", href)
	}
	for _, route := range p.routes() {
		if isSafe(route.Method) {
			if got := b.get(p.example(route, "none", 1)); strings.Contains(got.body+headerText(got.header), temporary) {
				t.Errorf("%s tells the temporary password", got.what)
			}
		}
	}
	if strings.Contains(p.digest(), temporary) {
		t.Error("the database holds the temporary password")
	}
}

func TestANewUserThatIsRefused(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	for _, test := range []struct {
		form    url.Values
		status  int
		problem string
	}{
		{url.Values{"email": {""}}, 422, "address"},
		{url.Values{"email": {"grace"}}, 422, "address"},
		{url.Values{"email": {strings.ToUpper(adminEmail)}}, 409, "already exists"},
		{url.Values{"email": {"grace@example.com"}, "roleId": {viewerRole}}, 422, "Choose a scope."},
		{url.Values{"email": {"grace@example.com"}, "scopeId": {access.TenantNodeID}}, 422, "Choose a role."},
		{url.Values{"email": {"grace@example.com"}, "roleId": {"4000"}, "scopeId": {access.TenantNodeID}}, 422, "one of the roles"},
		{url.Values{"email": {"grace@example.com"}, "roleId": {viewerRole}, "scopeId": {"gone"}}, 422, "no longer exists"},
	} {
		got := b.post("/users", test.form).wantStatus(test.status).wantText("#new-user-problems", test.problem)
		if value := got.find("#new-user-email").AttrOr("value", ""); value != test.form.Get("email") {
			t.Errorf("the address became %q", value)
		}
	}
	if n := len(b.get("/users").rowNames()); n != 1 {
		t.Errorf("there are %d users", n)
	}
	// Without scripts the scope is searched for, and nothing typed is lost.
	found := b.get("/users/new?email=grace@example.com&roleId=7&scopeSearch=nowhere&add=1").wantStatus(http.StatusOK)
	if value := found.find("#new-user-email").AttrOr("value", ""); value != "grace@example.com" {
		t.Errorf("the address became %q", value)
	}
	if _, open := found.find("#first-rule").Attr("open"); !open {
		t.Error("the part with the search is folded up")
	}
}

// TestWhatNobodyDoesToUsers: to oneself and to the last administrator what would
// shut them out is refused with a sentence, and nothing changes (security.md 40).
func TestWhatNobodyDoesToUsers(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	admin := p.administrator()
	other := p.person("manager@example.com", access.SystemAdministrator)
	ada, manager := p.user(adminEmail), p.user("manager@example.com")
	before := p.userStates()
	for _, refused := range []struct {
		who      *browser
		whom     access.User
		action   string
		status   int
		sentence string
	}{
		{admin, ada, "disable", 409, "This is you."},
		{admin, ada, "delete", 409, "This is you."},
		{admin, ada, "password", 409, "your own password"},
		{other, manager, "disable", 409, "This is you."},
	} {
		got := refused.who.post(userPath(refused.whom, refused.action), url.Values{"confirmName": {refused.whom.Email}}).wantStatus(refused.status)
		got.wantText("#user-"+refused.action+"-problems", refused.sentence)
	}
	if after := p.userStates(); after != before {
		t.Errorf("left are %s", after)
	}
	report := admin.post("/users/bulk/delete", url.Values{"id": {ada.ID, manager.ID}}).wantStatus(http.StatusOK)
	report.wantText("#bulk-report", "1 user deleted, 1 not").wantText("#bulk-failures", "This is you.")
	// The commands may do more than a person, and leave an administrator all the same.
	if _, err := p.svc.SetUserDisabled(context.Background(), p.operator(), ada.ID, true); err == nil || !strings.Contains(err.Error(), "last administrator") {
		t.Errorf("the last administrator was disabled: %v", err)
	}
	if after := p.userStates(); after != fmt.Sprintln(adminEmail, false, false) {
		t.Errorf("left are %s", after)
	}
	// Signing oneself out ends the others alone.
	elsewhere, in := p.signInAs(adminEmail, adminPassword)
	in.wantStatus(http.StatusSeeOther)
	admin.post(userPath(ada, "sign-out"), nil).wantStatus(http.StatusOK).wantText("#notice", "everywhere but here")
	elsewhere.get("/users").wantStatus(http.StatusSeeOther)
	admin.get("/users").wantStatus(http.StatusOK)
}

// userStates is all of the users that these tests change.
func (p *product) userStates() string {
	p.t.Helper()
	users, err := p.db.Users(context.Background())
	must(p.t, err)
	lines := make([]string, len(users))
	for i, u := range users {
		lines[i] = fmt.Sprintln(u.Email, u.Disabled, u.MustChangePassword)
	}
	return strings.Join(lines, "")
}

func TestSeveralUsersAtOnce(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	var ids []string
	for _, name := range []string{"cid", "ann", "bob"} {
		p.person(name+"@example.com", 0)
		ids = append(ids, p.user(name+"@example.com").ID)
	}
	chosen := url.Values{"id": ids}
	ask := b.get("/users/bulk/disable?" + chosen.Encode()).wantStatus(http.StatusOK)
	ask.wantText("#bulk-heading", "Disable 3 users?").wantText("#bulk", "ann@example.com").wantText("#bulk", "3 users")
	b.post("/users/bulk/disable", b.fill("/users/bulk/disable?"+chosen.Encode(), "#bulk-form")).wantStatus(http.StatusOK)
	b.post("/users/bulk/disable", chosen).wantStatus(http.StatusOK).wantText("#notice", "3 users disabled")
	b.get("/users?filterBy=status==Disabled&sortBy=username").wantRows("ann@example.com", "bob@example.com", "cid@example.com")
	b.get("/users/bulk/disable?"+chosen.Encode()).wantText("#bulk", "3 disabled already")
	b.post("/users/bulk/enable", chosen).wantStatus(http.StatusOK).wantText("#notice", "3 users enabled")

	if to := b.get("/users/bulk/delete?id=" + ids[0]).wantStatus(http.StatusSeeOther).header.Get("Location"); to != "/users/"+ids[0]+"/delete" {
		t.Errorf("one user leads to %q", to)
	}
	b.get("/users/bulk/password?"+chosen.Encode()).wantStatus(http.StatusBadRequest).wantText("#notice", "one user at a time")
	b.get("/users/bulk/delete").wantStatus(http.StatusBadRequest).wantText("#notice", "Tick at least one row")
	b.get("/users/bulk/explode?id=" + ids[0]).wantStatus(http.StatusNotFound)
	// All that match are so many as the person was told, or nobody.
	b.post("/users/bulk/delete", url.Values{"all": {"true"}, "expected": {"5"}}).wantStatus(http.StatusConflict).wantText("#bulk-problems", "no longer holds the 5 users")
	if n := len(b.get("/users").rowNames()); n != 4 {
		t.Errorf("%d users are left, want 4", n)
	}
}

func TestTheUsersTable(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	p.person("ann@example.com", access.Viewer)
	p.person("bob@example.com", 0)
	b.get("/users").wantStatus(http.StatusOK).wantRows(adminEmail, "ann@example.com", "bob@example.com")
	b.get("/users?search=ANN").wantRows("ann@example.com")
	b.get("/users?filterBy=accessRules==0").wantRows("bob@example.com")
	b.get("/users?filterBy=isLocal==false").wantRows().wantText("#empty-match", "Type is Single sign-on")
	b.get("/users?sortBy=username&sortOrder=desc").wantRows("bob@example.com", "ann@example.com", adminEmail)
	b.get("/users?deleted=true").wantRows(adminEmail, "ann@example.com", "bob@example.com") // there is no bin
	b.get("/users?filterBy=colour==red").wantStatus(http.StatusBadRequest)

	curl := b.get("/users?search=ann").text("#curl-command")
	if !strings.Contains(curl, p.url+"/api/v1/users?search=ann") {
		t.Errorf("Copy as curl gives %s", curl)
	}
	lines := strings.Split(b.get("/users.csv?sortBy=username&search=ann").wantStatus(http.StatusOK).body, "\r\n")
	if lines[0] != "User,Type,Status,Last login,Access rules,Created by,Creation time,Last updated" || !strings.HasPrefix(lines[1], "ann@example.com,Local,Active,2026-11-23T") || !strings.Contains(lines[1], ",Viewer on ") {
		t.Errorf("the file is\n%s", strings.Join(lines, "\n"))
	}
	b.post("/users/columns", url.Values{"column": {"username", "accessRules"}}).wantStatus(http.StatusSeeOther)
	if header := strings.SplitN(b.get("/users.csv").body, "\r\n", 2)[0]; header != "User,Access rules" {
		t.Errorf("after choosing columns the file begins with %q", header)
	}
}

// TestActionsThatAreNotAllowed: what a person may not do is not offered, and is
// refused all the same.
func TestActionsThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	reader := p.person("reader@example.com", userReader(t))
	ada := p.user(adminEmail)
	page := reader.get("/users").wantStatus(http.StatusOK).wantRows(adminEmail, "reader@example.com")
	page.wantNone("#new-user").wantNone("#row-password").wantNone("#row-delete").wantNone("#action-disable")
	page.find("#row-rules")
	reader.get("/users/" + ada.ID).wantStatus(http.StatusOK).wantNone("#user-reset").wantNone("#user-remove")
	reader.get("/users/new").wantStatus(http.StatusForbidden)
	before := p.userStates()
	for _, action := range []string{"disable", "enable", "delete", "password", "sign-out"} {
		reader.post(userPath(ada, action), url.Values{"confirmName": {adminEmail}}).wantStatus(http.StatusForbidden)
	}
	reader.post("/users", url.Values{"email": {"x@example.com"}}).wantStatus(http.StatusForbidden)
	if after := p.userStates(); after != before {
		t.Errorf("left are %s", after)
	}
	// Everybody may look at themselves.
	nobody := p.person("nobody@example.com", 0)
	nobody.get("/users/"+p.user("nobody@example.com").ID).wantStatus(http.StatusOK).wantText("#page-rules-none", "No access").wantNone("#activity")
	nobody.get("/users/" + ada.ID).wantStatus(http.StatusNotFound)
}

// userReader is a role that reads users and changes none.
func userReader(t *testing.T) int32 {
	t.Helper()
	for _, role := range access.PredefinedRoles() {
		grants := []access.Grant{{RoleID: role.ID, Path: access.TenantPath}}
		may := func(a access.Action) bool { return access.Decide(grants, a, access.Users, access.TenantPath).Allowed }
		if may(access.Read) && !may(access.Create) && !may(access.Update) && !may(access.Delete) {
			return role.ID
		}
	}
	t.Fatal("no role only reads users")
	return 0
}

func TestThePageOfAUser(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	p.person("ann@example.com", access.Viewer)
	ann := p.user("ann@example.com")
	got := b.get("/users/" + ann.ID).wantStatus(http.StatusOK)
	got.wantText("h1", "ann@example.com").wantText("#page-rules", "Viewer").wantText("#page-effective-0", "and below: reads")
	got.wantText("#activity", "ann@example.com signed in").wantText("#list", "In 1 place")

	fragment := b.scripted()
	fragment.target = "div#list"
	if part := fragment.get("/users/" + ann.ID).wantStatus(http.StatusOK); part.isPage() {
		t.Error("a dialog that changed something gets a whole page")
	}
	rule := p.rulesOfUser(ann.ID)[0]
	b.get(userPath(ann, "rules")).wantStatus(http.StatusOK).wantText("#rules-heading", "Access rules of ann@example.com")
	b.get(fmt.Sprintf("%s/%d/delete", userPath(ann, "rules"), rule.ID)).wantText("#delete-rule", "they can still sign in")
	b.post(fmt.Sprintf("%s/%d/delete", userPath(ann, "rules"), rule.ID), nil).wantStatus(http.StatusSeeOther)
	if rules := p.rulesOfUser(ann.ID); len(rules) != 0 {
		t.Errorf("left are %v", rules)
	}
	// A rule of somebody else is not deleted by an address that names ann.
	other := p.rulesOfUser(p.user(adminEmail).ID)[0]
	b.post(fmt.Sprintf("%s/%d/delete", userPath(ann, "rules"), other.ID), nil).wantStatus(http.StatusNotFound)
	if !slices.ContainsFunc(p.rulesOfUser(p.user(adminEmail).ID), func(r access.Rule) bool { return r.ID == other.ID }) {
		t.Error("a rule of somebody else went")
	}
}
