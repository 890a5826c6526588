package handlers

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
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

// keyLifetimes are the same as choices.
func keyLifetimes() []views.Choice {
	choices := make([]views.Choice, len(keyLifetimeDays))
	for i, days := range keyLifetimeDays {
		choices[i] = views.Choice{Value: strconv.Itoa(days), Label: lifetimeLabel(days)}
	}
	return choices
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
// that the key does not expire.
func parseKeyLifetime(value string) (time.Duration, error) {
	if value == "" {
		return 0, nil
	}
	for _, days := range keyLifetimeDays {
		if value == strconv.Itoa(days) {
			return time.Duration(days) * 24 * time.Hour, nil
		}
	}
	return 0, access.Invalid(views.FieldKeyLifetime, "Choose one of the lifetimes in the list.")
}

// lifetimeChoice is the choice that made a key: how long it was to live, if
// the console offers that, else the first choice.
func lifetimeChoice(key access.KeyFacts) string {
	for _, days := range keyLifetimeDays {
		if days > 0 && key.ExpiresAt.Equal(key.CreatedAt.AddDate(0, 0, days)) {
			return strconv.Itoa(days)
		}
	}
	return strconv.Itoa(keyLifetimeDays[0])
}
