package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// newUser is the form behind "+New user". Its parameters are what it has been
// told so far, for those who choose a scope without scripts.
func (h *console) newUser(c echo.Context) error {
	key, err := h.formKey()
	if err != nil {
		return err
	}
	query := c.QueryParams()
	screen := views.NewUser{FormKey: key, Email: query.Get(views.FieldEmail)}
	return h.showNewUser(c, http.StatusOK, screen, query)
}

// createUser makes a local user. The temporary password travels in this one
// answer: never through a session, a redirect or a log.
func (h *console) createUser(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.NewUser{FormKey: form.Get(views.FieldFormKey), Email: form.Get(views.FieldEmail)}
	user, password, err := h.makeUser(c, screen, form)
	if errors.Is(err, access.ErrAlreadyDone) {
		return h.userRepeated(c, err, "The user was created")
	}
	if problems, ok := problemsOf(err); ok {
		screen.Problems = problems
		return h.showNewUser(c, web.StatusOf(err), screen, form)
	}
	if err != nil {
		return err
	}
	return h.showPasswordTicket(c, http.StatusCreated, views.PasswordTicket{Title: "User created"}, user, password)
}

func (h *console) makeUser(c echo.Context, screen views.NewUser, form url.Values) (access.User, access.TemporaryPassword, error) {
	in := access.NewUser{Email: screen.Email, FormKey: screen.FormKey}
	if form.Get(views.FieldRole) != "" || form.Get(views.FieldScope) != "" {
		rule, err := newRule(access.Subject{Type: access.SubjectUser}, form)
		if err != nil {
			return access.User{}, access.TemporaryPassword{}, err
		}
		in.RoleID, in.ScopeID = rule.RoleID, rule.ScopeID
	}
	return h.svc.CreateLocalUser(c.Request().Context(), web.CallerOf(c), in)
}

func (h *console) showNewUser(c echo.Context, status int, screen views.NewUser, chosen url.Values) error {
	caller := web.CallerOf(c)
	if !userRights(caller).Create {
		return &access.PermissionError{Action: access.Create, Resource: access.Users, Message: "You may not create users. Ask an administrator for a role that may."}
	}
	if mayCreateRules(caller) {
		var err error
		if screen.Rule, err = h.ruleForm(c, chosen); err != nil {
			return err
		}
	}
	return inUsers().show(c, status, "New user", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.NewUserDialog(screen)
	})
}

// showPasswordTicket is the one way in which a temporary password reaches a page.
func (h *console) showPasswordTicket(c echo.Context, status int, ticket views.PasswordTicket, user access.User, password access.TemporaryPassword) error {
	web.NoStore(c)
	ticket.UserID, ticket.Email = user.ID, user.Email
	ticket.SignInURL = h.cfg.PublicURL + "/sign-in"
	ticket.Password = password.Reveal()
	return inUsers().show(c, status, ticket.Title, func(inPage bool) templ.Component {
		ticket.InPage = inPage
		return views.PasswordDialog(ticket)
	})
}

// userRepeated answers the second submission of a form: nothing happened again.
func (h *console) userRepeated(c echo.Context, err error, what string) error {
	var done *access.AlreadyDoneError
	if !errors.As(err, &done) {
		return err
	}
	n := views.Notice{
		Title:   "Already done",
		Text:    what + " by the first submission of this form; the second changed nothing. The temporary password was shown then and cannot be shown again: if nobody noted it, reset the password.",
		Changed: true,
	}
	if done.EntityID != "" {
		n.Action = views.Link{Label: "Reset password", Href: views.UserHref(done.EntityID, string(views.UserResetPassword)), Dialog: true}
	}
	return inUsers().notice(c, http.StatusConflict, n)
}
