package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
	"latchkey/web"
)

// inSettings is the page that the dialogs about signing keys stand on.
func inSettings() place {
	return place{Place: views.InSettings(), nav: web.NavSettings}
}

// oldKeysShown is how many keys the table keeps that nothing trusts any more.
const oldKeysShown = 5

func (h *console) signingKeyList(c echo.Context) (views.SigningKeyList, error) {
	caller := web.CallerOf(c)
	keys, err := h.svc.SigningKeys(c.Request().Context(), caller)
	if err != nil {
		return views.SigningKeyList{}, err
	}
	list := views.SigningKeyList{Clock: h.clock(c), MayChange: mayChangeSettings(caller)}
	old := 0
	for _, key := range keys {
		if key.State == access.SigningKeyOver || key.State == access.SigningKeyWithdrawn {
			if old++; old > oldKeysShown {
				list.Over++
				continue
			}
		}
		list.Keys = append(list.Keys, key)
	}
	return list, nil
}

// signingAlgorithms are what a next key can have.
func signingAlgorithms() []views.Choice {
	return []views.Choice{
		{Value: "ES256", Label: "ES256: small and fast, the default"},
		{Value: "RS256", Label: "RS256: RSA with 3072 bits, over ten times the cost"},
		{Value: "EdDSA", Label: "EdDSA: Ed25519, which not every verifier knows"},
	}
}

// confirmRotate says what a rotation does and asks for the algorithm.
func (h *console) confirmRotate(c echo.Context) error {
	keys, err := h.svc.SigningKeys(c.Request().Context(), web.CallerOf(c))
	if err != nil {
		return err
	}
	screen := views.RotateKey{}
	if signing := keyInState(keys, access.SigningKeySigns); signing != nil {
		screen.Algorithm = signing.Algorithm
	}
	return h.showRotate(c, http.StatusOK, screen)
}

func keyInState(keys []access.SigningKeyFacts, state access.SigningKeyState) *access.SigningKeyFacts {
	at := slices.IndexFunc(keys, func(k access.SigningKeyFacts) bool { return k.State == state })
	if at < 0 {
		return nil
	}
	return &keys[at]
}

func (h *console) showRotate(c echo.Context, status int, screen views.RotateKey) error {
	screen.Algorithms = signingAlgorithms()
	screen.Lead, screen.Overlap = access.SigningKeyLead, access.SigningKeyOverlap
	return inSettings().show(c, status, "Rotate the signing key", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.RotateKeyDialog(screen)
	})
}

// rotateKey publishes the key that signs next.
func (h *console) rotateKey(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	algorithm := form.Get(views.FieldAlgorithm)
	next, err := h.svc.RotateSigningKey(c.Request().Context(), web.CallerOf(c), algorithm)
	if problems, ok := problemsOf(err); ok {
		return h.showRotate(c, web.StatusOf(err), views.RotateKey{Problems: problems, Algorithm: algorithm})
	}
	if err != nil {
		return err
	}
	return inSettings().changed(c, views.Notice{
		Title: "Next signing key published",
		Text:  "The key " + views.ShortKeyID(next.ID) + "… is published, and signs from " + ui.ExactText(next.SignsFrom, h.clock(c).Zone) + ".",
		Focus: inSettings().Focus,
	})
}

// confirmWithdraw says what breaks.
func (h *console) confirmWithdraw(c echo.Context) error {
	return h.showWithdraw(c, http.StatusOK, views.WithdrawKey{})
}

func (h *console) showWithdraw(c echo.Context, status int, screen views.WithdrawKey) error {
	keys, err := h.svc.SigningKeys(c.Request().Context(), web.CallerOf(c))
	if err != nil {
		return err
	}
	at := slices.IndexFunc(keys, func(k access.SigningKeyFacts) bool { return k.ID == c.Param("kid") })
	if at < 0 {
		return access.ErrNotFound
	}
	screen.Key, screen.Clock = keys[at], h.clock(c)
	if next := keyInState(keys, access.SigningKeyPublished); next != nil {
		screen.Next = next.ID
	}
	return inSettings().show(c, status, "Withdraw a signing key", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.WithdrawKeyDialog(screen)
	})
}

// withdrawKey ends the trust in a key. The server insists on what was typed,
// whatever the form that was sent looked like.
func (h *console) withdrawKey(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	kid := c.Param("kid")
	screen := views.WithdrawKey{Typed: form.Get(views.FieldConfirmName)}
	if typed := strings.TrimSpace(screen.Typed); typed != kid && typed != views.ShortKeyID(kid) {
		screen.Problems = views.About(views.FieldConfirmName, "Type "+views.ShortKeyID(kid)+" exactly as it is written, or choose Cancel.")
		return h.showWithdraw(c, http.StatusUnprocessableEntity, screen)
	}
	signs, err := h.svc.WithdrawSigningKey(c.Request().Context(), web.CallerOf(c), kid)
	if problems, ok := problemsOf(err); ok {
		screen.Problems = problems
		return h.showWithdraw(c, web.StatusOf(err), screen)
	}
	if err != nil {
		return err
	}
	return inSettings().changed(c, views.Notice{
		Title: "Signing key withdrawn",
		Text:  "The key " + views.ShortKeyID(kid) + "… is withdrawn: what it signed is refused from now on. The key " + views.ShortKeyID(signs.ID) + "… signs.",
		Focus: inSettings().Focus,
	})
}
