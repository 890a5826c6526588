package handlers

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
)

// postForm is what the body of a form says. The query string is left out on
// purpose: Request.Form would let it overlay the body.
func postForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	err := r.ParseForm()
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, err
	}
	if httpError := (*echo.HTTPError)(nil); errors.As(err, &httpError) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", access.Invalid("form", "The form could not be read. Go back and send it again."), err)
	}
	return r.PostForm, nil
}

// formKey names one rendered form, so that its second submission is recognised.
func (h *console) formKey() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(h.cfg.Random, b[:]); err != nil {
		return "", fmt.Errorf("name a form: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// problemsOf is what a form says about an error that the person who filled it
// in can mend. Any other error is for the error handler: ok is false.
func problemsOf(err error) (p views.Problems, ok bool) {
	var (
		invalid   *access.InvalidError
		conflict  *access.ConflictError
		forbidden *access.PermissionError
		throttled *access.ThrottledError
	)
	switch {
	case errors.As(err, &invalid):
		return views.Problems{Fields: invalid.Fields}, true
	case errors.As(err, &conflict) && conflict.Field != "":
		return views.About(conflict.Field, conflict.Message), true
	case errors.As(err, &conflict):
		return views.Problems{Form: conflict.Message}, true
	case errors.As(err, &forbidden):
		return views.Problems{Form: forbidden.Error()}, true
	case errors.As(err, &throttled):
		return views.Problems{Form: throttled.Error()}, true
	default:
		return views.Problems{}, false
	}
}

// keyLifetimeDays are the lifetimes of a secret key that the console offers;
// 0 does not expire.
var keyLifetimeDays = [...]int{0, 30, 90, 180, 365}

// keyLifetimes are the same as choices, as far as the policy allows them.
func keyLifetimes(p access.KeyPolicy) []views.Choice {
	var choices []views.Choice
	for _, days := range offeredDays(p) {
		choices = append(choices, views.Choice{Value: strconv.Itoa(days), Label: lifetimeLabel(days)})
	}
	return choices
}

// offeredDays are the lifetimes that the policy allows, the usual one among them.
func offeredDays(p access.KeyPolicy) []int {
	days := slices.DeleteFunc(slices.Clone(keyLifetimeDays[:]), func(n int) bool { return !p.Allows(time.Duration(n) * day) })
	if usual := int(p.Usual / day); !slices.Contains(days, usual) {
		days = append(days, usual)
	}
	return days
}

func lifetimeLabel(days int) string {
	switch days {
	case 0:
		return "Does not expire"
	case 365:
		return "365 days (a year)"
	default:
		return fmt.Sprintf("%d days", days)
	}
}

// parseKeyLifetime reads a choice of keyLifetimes; a form without one means
// what is usual. Whether the policy allows it, the service knows.
func parseKeyLifetime(value string, p access.KeyPolicy) (time.Duration, error) {
	if value == "" {
		return access.UsualKeyLifetime, nil
	}
	for _, days := range append(offeredDays(p), keyLifetimeDays[:]...) {
		if value == strconv.Itoa(days) {
			return time.Duration(days) * day, nil
		}
	}
	return 0, access.Invalid(views.FieldKeyLifetime, "Choose one of the lifetimes in the list.")
}

// lifetimeChoice is the choice that made a key: how long it was to live, if
// that is offered, else what is usual.
func lifetimeChoice(key access.KeyFacts, p access.KeyPolicy) string {
	for _, days := range offeredDays(p) {
		if days > 0 && key.ExpiresAt.Equal(key.CreatedAt.AddDate(0, 0, days)) {
			return strconv.Itoa(days)
		}
	}
	return usualChoice(p)
}

func usualChoice(p access.KeyPolicy) string { return strconv.Itoa(int(p.Usual / day)) }
