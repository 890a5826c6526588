package gallery

import (
	"fmt"
	"strings"
	"time"

	"latchkey/access"
	"latchkey/views"
)

// userStates are the Users table, its dialogs and the page of one user.
func userStates() []State {
	return []State{
		{Name: "users/many", Document: true, Component: views.TablePage(consoleFrame(), usersWith(withUsers(6)))},
		{Name: "users/read-only", Component: views.TableFragment(usersWith(withUsers(3), readOnlyUsers))},
		{Name: "users/read-only-page", Document: true, Component: views.TablePage(consoleFrame(), usersWith(withUsers(3), readOnlyUsers))},
		{Name: "users/no-match", Component: views.TableFragment(usersWith(noUserMatches))},
		{Name: "users/none", Component: views.TableFragment(usersWith())},
		{Name: "users/long-text", Component: views.TableFragment(usersWith(withUsers(1), longUser))},
		{Name: "users/forbidden", Document: true, Component: views.TableForbidden(consoleFrame(), views.UsersTable, "This needs the permission to read Users in acme.", exampleReference)},
		{Name: "users/new", Component: views.NewUserDialog(views.NewUser{FormKey: "k", Rule: firstRule()})},
		{Name: "users/new-without-rule", Component: views.NewUserDialog(views.NewUser{FormKey: "k"})},
		{Name: "users/new-errors", Component: views.NewUserDialog(newUserRefused())},
		{Name: "users/new-page", Document: true, Component: dialogInFrame(views.NewUserDialog(newUserInPage()))},
		{Name: "users/password", Component: views.PasswordDialog(passwordTicket())},
		{Name: "users/password-reset-page", Document: true, Component: dialogInFrame(views.PasswordDialog(passwordTicketInPage()))},
		{Name: "users/confirm-password", Component: views.ConfirmUserDialog(confirmUser(views.UserResetPassword))},
		{Name: "users/confirm-password-stronger", Component: views.ConfirmUserDialog(confirmStronger())},
		{Name: "users/confirm-disable", Component: views.ConfirmUserDialog(confirmUser(views.UserDisable))},
		{Name: "users/confirm-sign-out", Component: views.ConfirmUserDialog(confirmUser(views.UserSignOut))},
		{Name: "users/confirm-sign-out-self", Component: views.ConfirmUserDialog(confirmSelf())},
		{Name: "users/confirm-delete", Component: views.ConfirmUserDialog(confirmUser(views.UserDelete))},
		{Name: "users/confirm-delete-in-use", Component: views.ConfirmUserDialog(confirmInUse())},
		{Name: "users/bulk-delete", Component: views.BulkConfirmDialog(bulkUsers())},
		{Name: "users/bulk-report", Component: views.BulkReportDialog(bulkUsersReport())},
		{Name: "users/page", Document: true, Component: userPage().Page(consoleFrame())},
		{Name: "users/page-bare", Component: userPageBare().Fragment()},
	}
}

type userChange func(*views.UsersScreen)

func usersWith(changes ...userChange) views.UsersScreen {
	s := views.UsersScreen{
		TableScreen: views.TableScreen{
			Kind:      views.UsersTable,
			List:      listIn(access.UserSchema, ""),
			Count:     access.Count{Exact: true},
			Columns:   views.UsersTable.DefaultColumns(),
			Clock:     views.Clock{Now: Now, Zone: time.UTC},
			PublicURL: "https://latchkey.acme.example",
		},
		Self: exampleUser(0).ID,
		May:  views.UserRights{Create: true, Update: true, Delete: true},
	}
	for _, c := range changes {
		c(&s)
	}
	s.Length = len(s.Rows)
	return s
}

func withUsers(n int) userChange {
	return func(s *views.UsersScreen) {
		for i := range n {
			row := access.UserRow{User: exampleUser(i)}
			switch i % 3 {
			case 0:
				row.Rules = []access.Rule{ruleOn("System administrator", "acme")}
			case 1:
				row.Rules = []access.Rule{ruleOn("Viewer", "acme"), ruleOn("Department administrator", "acme", "eu-1", "research")}
			}
			row.RuleCount = len(row.Rules)
			s.Rows = append(s.Rows, row)
		}
		s.Count = access.Count{N: n, Exact: true}
	}
}

func exampleUser(i int) access.User {
	names := []string{"ada", "dana", "grace", "linus", "margaret", "niklaus"}
	u := access.User{
		ID:        fmt.Sprintf("01935310-1a00-7000-8000-%012d", i),
		Email:     names[i%len(names)] + "@acme.example",
		CreatedBy: "ada@acme.example",
		LastLogin: Now.Add(-time.Duration(i*i*41+3) * time.Minute),
		Disabled:  i%6 == 4,
		Times:     access.Times{CreatedAt: Now.AddDate(0, -2, -i), UpdatedAt: Now.AddDate(0, 0, -i)},
	}
	if i%6 == 2 {
		u.MustChangePassword, u.LastLogin = true, time.Time{}
	}
	return u
}

func readOnlyUsers(s *views.UsersScreen) { s.May = views.UserRights{} }

func noUserMatches(s *views.UsersScreen) {
	s.List = listIn(access.UserSchema, "search=nobody&filterBy=isLocal==true,status==Disabled,lastLogin==never")
}

func longUser(s *views.UsersScreen) {
	s.Rows[0].Email = strings.Repeat("somebody.with.a.long.name", 3) + "@subsidiary.acme.example"
	s.Rows[0].CreatedBy = s.Rows[0].Email
	s.Rows[0].Rules = []access.Rule{ruleOn("Compute resource administrator", "acme", "eu-central-production", "department-of-applied-research", "natural-language-processing")}
}

func firstRule() *views.RuleForm { return rulesForm(views.Problems{}).Form }

func newUserRefused() views.NewUser {
	return views.NewUser{FormKey: "k", Email: "grace", Rule: firstRule(), Problems: views.Problems{Fields: []access.FieldError{
		{Field: views.FieldEmail, Message: "Write it as name@example.com."},
		{Field: views.FieldScope, Message: "Choose a scope."},
	}}}
}

func newUserInPage() views.NewUser {
	form := rulesFormSearched().Form
	return views.NewUser{InPage: true, FormKey: "k", Email: "grace@acme.example", Rule: form}
}

func passwordTicket() views.PasswordTicket {
	return views.PasswordTicket{
		Title: "User created", UserID: exampleUser(2).ID, Email: exampleUser(2).Email,
		SignInURL: "https://latchkey.acme.example/sign-in", Password: "examp-lenot-apass-word2",
	}
}

func passwordTicketInPage() views.PasswordTicket {
	t := passwordTicket()
	t.InPage, t.Title = true, "Password reset"
	t.Consequence = "The password they had does not work any more, and they are signed out everywhere."
	return t
}

func confirmUser(action views.UserAction) views.ConfirmUser {
	return views.ConfirmUser{Action: action, User: userFacts(exampleUser(1))}
}

func userFacts(u access.User) views.UserFacts {
	return views.UserFacts{
		ID: u.ID, Email: u.Email, Disabled: u.Disabled, Clock: exampleClock(), LastLogin: u.LastLogin,
		Sessions: 2, Rules: 2, AccessKeys: 1,
	}
}

func confirmStronger() views.ConfirmUser {
	c := confirmUser(views.UserResetPassword)
	c.Problems.Form = "The subject is System administrator on acme, which holds permissions that you do not: create Settings and 40 more."
	return c
}

func confirmSelf() views.ConfirmUser {
	c := confirmUser(views.UserSignOut)
	c.Self = true
	return c
}

func confirmInUse() views.ConfirmUser {
	c := confirmUser(views.UserDelete)
	c.InUse, c.Typed = true, "dana"
	c.Problems = views.About(views.FieldConfirmName, "Type dana@acme.example exactly as it is written, or choose Cancel.")
	return c
}

func bulkUsers() views.BulkConfirm {
	return views.BulkConfirm{
		Of: views.BulkKindOf(access.Users), Action: access.BulkDelete, Number: 2, Names: []string{"dana@acme.example", "grace@acme.example"}, InUse: 1,
		Selection: []views.Pair{{Name: "id", Value: "a"}, {Name: "id", Value: "b"}},
	}
}

func bulkUsersReport() views.BulkReport {
	return views.BulkReport{
		Of: views.BulkKindOf(access.Users), Action: access.BulkDisable, Succeeded: 1, Failed: 1,
		Failures: []views.BulkFailure{{Name: "ada@acme.example", Reason: "This is you. Ask another administrator to do that."}},
	}
}

func userPage() views.UserPage {
	u := exampleUser(1)
	rules := rulesMany()
	rules.Subject = views.RuleSubject{Name: u.Email, Person: true, Href: views.UserHref(u.ID, "rules"), Page: views.UserHref(u.ID, ""), Place: views.InUsers()}
	return views.UserPage{
		User: u, Facts: userFacts(u), Rules: rules, May: views.UserRights{Create: true, Update: true, Delete: true},
		Activity: &views.Activity{ID: u.ID, Name: u.Email, More: true, Clock: exampleClock(), Events: []access.Event{
			userEvent(3, access.EventUpdate, access.Succeeded, "application", "billing-sync"),
			userEvent(47, access.EventDelete, access.Failed, "access-rule", "System administrator on acme"),
			userEvent(48, access.EventSignIn, access.Succeeded, "session", u.Email),
		}},
	}
}

func userPageBare() views.UserPage {
	s := userPage()
	s.User = exampleUser(2)
	s.Facts = views.UserFacts{ID: s.User.ID, Email: s.User.Email, Clock: exampleClock()}
	s.Rules.Rules, s.Rules.Effective = nil, nil
	s.Rules.Subject.Name = s.User.Email
	s.Activity, s.May = nil, views.UserRights{}
	return s
}

func userEvent(minutes int, action access.EventAction, result access.EventResult, kind, name string) access.Event {
	u := exampleUser(1)
	return access.Event{
		ID: fmt.Sprintf("0193530f-0000-7000-8000-%012d", minutes), At: Now.Add(-time.Duration(minutes) * time.Minute),
		Subject: access.Subject{Type: access.SubjectUser, ID: u.ID, Name: u.Email}, Action: action, Result: result,
		EntityType: kind, EntityName: name, Origin: access.Origin{SourceIP: "198.51.100.7"},
	}
}

// exampleReference names the request of a refusal.
const exampleReference = "01J9-7Q2M"
