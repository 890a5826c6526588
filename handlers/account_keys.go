package handlers

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// newAccessKey is the form behind "+New access key".
func (h *console) newAccessKey(c echo.Context) error {
	key, err := h.formKey()
	if err != nil {
		return err
	}
	return showNewAccessKey(c, http.StatusOK, views.NewAccessKey{FormKey: key})
}

// createAccessKey makes an access key for the person. Its secret key travels in
// this one answer.
func (h *console) createAccessKey(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.NewAccessKey{FormKey: form.Get(views.FieldFormKey), Name: form.Get(views.FieldName)}
	key, secret, err := h.svc.CreateAccessKey(c.Request().Context(), web.CallerOf(c), access.NewAccessKey{Name: screen.Name, FormKey: screen.FormKey})
	if errors.Is(err, access.ErrAlreadyDone) {
		return accessKeyRepeated(c, err, "The access key was created")
	}
	if problems, ok := problemsOf(err); ok {
		screen.Problems = problems
		return showNewAccessKey(c, web.StatusOf(err), screen)
	}
	if err != nil {
		return err
	}
	return h.showAccessKey(c, http.StatusCreated, views.AccessKeyTicket{Title: "Access key created"}, key, secret)
}

func showNewAccessKey(c echo.Context, status int, screen views.NewAccessKey) error {
	return inAccount().show(c, status, "New access key", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.NewAccessKeyDialog(screen)
	})
}

// showAccessKey is the one way in which the secret key of an access key reaches
// a page.
func (h *console) showAccessKey(c echo.Context, status int, ticket views.AccessKeyTicket, key access.AccessKey, secret access.SecretKey) error {
	web.NoStore(c)
	ticket.ID, ticket.Name, ticket.ClientID = key.ID, key.Name, key.ClientID
	ticket.TokenURL, ticket.APIURL = h.cfg.PublicURL+tokenPath, h.cfg.PublicURL+ownRulesPath
	ticket.SecretKey = secret.Reveal()
	return inAccount().show(c, status, ticket.Title, func(inPage bool) templ.Component {
		ticket.InPage = inPage
		return views.AccessKeyDialog(ticket)
	})
}

// accessKeyDialog is a question about one access key.
type accessKeyDialog func(views.ConfirmAccessKey) templ.Component

// confirmRegenerateAccessKey asks before the secret key is replaced.
func (h *console) confirmRegenerateAccessKey(c echo.Context) error {
	key, err := h.formKey()
	if err != nil {
		return err
	}
	return h.askAboutAccessKey(c, http.StatusOK, "Regenerate key", views.ConfirmAccessKey{FormKey: key}, views.RegenerateAccessKeyDialog)
}

// confirmDeleteAccessKey asks before an access key goes for good.
func (h *console) confirmDeleteAccessKey(c echo.Context) error {
	return h.askAboutAccessKey(c, http.StatusOK, "Delete access key", views.ConfirmAccessKey{}, views.DeleteAccessKeyDialog)
}

func (h *console) askAboutAccessKey(c echo.Context, status int, title string, screen views.ConfirmAccessKey, d accessKeyDialog) error {
	key, err := h.svc.MyAccessKey(c.Request().Context(), web.CallerOf(c), c.Param("accessKey"))
	if err != nil {
		return accessKeyGone(c, err)
	}
	screen.Key, screen.Clock = key, h.clock(c)
	return inAccount().show(c, status, title, func(inPage bool) templ.Component {
		screen.InPage = inPage
		return d(screen)
	})
}

// regenerateAccessKey replaces the secret key and shows the new one, once.
func (h *console) regenerateAccessKey(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	ctx, caller, id := c.Request().Context(), web.CallerOf(c), c.Param("accessKey")
	before, err := h.svc.MyAccessKey(ctx, caller, id)
	if err != nil {
		return accessKeyGone(c, err)
	}
	key, secret, err := h.svc.RegenerateAccessKey(ctx, caller, id, form.Get(views.FieldFormKey))
	if errors.Is(err, access.ErrAlreadyDone) {
		return accessKeyRepeated(c, err, "The key was regenerated")
	}
	if err != nil {
		return accessKeyGone(c, err)
	}
	ticket := views.AccessKeyTicket{
		Title:       "Key regenerated",
		Consequence: "The previous key, ending in " + before.EndsIn + ", no longer works, nor do the tokens it was traded for.",
	}
	return h.showAccessKey(c, http.StatusOK, ticket, key, secret)
}

// deleteAccessKey removes an access key, if it is still the one that was asked
// about.
func (h *console) deleteAccessKey(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	ctx, caller, id := c.Request().Context(), web.CallerOf(c), c.Param("accessKey")
	key, err := h.svc.MyAccessKey(ctx, caller, id)
	if err != nil {
		return accessKeyGone(c, err)
	}
	err = h.svc.DeleteMyAccessKeyVersion(ctx, caller, id, formVersion(form.Get(views.FieldVersion)))
	if errors.Is(err, access.ErrStale) {
		screen := views.ConfirmAccessKey{Problems: views.Problems{Form: "Its key was regenerated while this dialog was open. Delete it only if the new key should stop working too."}}
		return h.askAboutAccessKey(c, web.StatusOf(err), "Delete access key", screen, views.DeleteAccessKeyDialog)
	}
	if err != nil {
		return accessKeyGone(c, err)
	}
	return inAccount().changed(c, views.Notice{
		Title: "Access key deleted",
		Text:  "The access key " + key.Name + " was deleted. What still uses it is refused from now on.",
	})
}

// accessKeyGone answers about an access key that is not there, or another's.
func accessKeyGone(c echo.Context, err error) error {
	if !errors.Is(err, access.ErrNotFound) {
		return err
	}
	return inAccount().notice(c, http.StatusNotFound, views.Notice{
		Title:   "This access key is gone",
		Text:    "You have no such access key. You may have deleted it in another window, or an administrator did.",
		Changed: true,
	})
}

// accessKeyRepeated answers the second submission of a form: nothing happened again.
func accessKeyRepeated(c echo.Context, err error, what string) error {
	var done *access.AlreadyDoneError
	if !errors.As(err, &done) {
		return err
	}
	n := views.Notice{
		Title:   "Already done",
		Text:    what + " by the first submission of this form; the second changed nothing. Its secret key was shown then and cannot be shown again: if you did not store it, regenerate the key.",
		Changed: true,
	}
	if done.EntityID != "" {
		n.Action = views.Link{Label: "Regenerate key", Href: views.AccessKeyHref(done.EntityID, "regenerate"), Dialog: true}
	}
	return inAccount().notice(c, http.StatusConflict, n)
}
