package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"

	"latchkey/handlers/api"
	"latchkey/views"
	"latchkey/web"
)

// reference is the page that shows the API to people. What it may do there is
// what the person may do anywhere.
func (h *console) reference(c echo.Context) error {
	parts, err := api.Outline()
	if err != nil {
		return err
	}
	screen := views.Reference{}
	for _, part := range parts {
		screen.Parts = append(screen.Parts, referencePart(part))
	}
	return web.Render(c, http.StatusOK, views.ReferencePage(web.Frame(c, "API reference", web.NavAPIReference), screen))
}

func referencePart(part api.Part) views.ReferencePart {
	shown := views.ReferencePart{Name: part.Name}
	for _, op := range part.Operations {
		shown.Operations = append(shown.Operations, views.ReferenceOperation{
			ID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, Deprecated: op.Deprecated,
		})
	}
	return shown
}

// specTag names this version of the specification for caches.
var specTag = sync.OnceValue(func() string {
	sum := sha256.Sum256(api.Spec)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
})

// specification is openapi.yaml as this binary serves it. RFC 9512 registered
// its media type.
func (h *console) specification(c echo.Context) error {
	header := c.Response().Header()
	header.Set("ETag", specTag())
	header.Set(echo.HeaderContentDisposition, `inline; filename="openapi.yaml"`)
	if c.Request().Header.Get("If-None-Match") == specTag() {
		return c.NoContent(http.StatusNotModified)
	}
	return web.Document(c, http.StatusOK, "application/yaml; charset=utf-8", api.Spec)
}

// referenceToken gives the page a token with which it acts as its reader for a
// few minutes. The page keeps it in memory and shows it to nobody.
func (h *console) referenceToken(c echo.Context) error {
	issued, err := h.svc.IssueUserToken(c.Request().Context(), web.CallerOf(c), web.SessionHash(c))
	if err != nil {
		return err
	}
	web.NoStore(c)
	return c.JSON(http.StatusOK, struct {
		AccessToken string `json:"accessToken"`
		ExpiresIn   int    `json:"expiresIn"` // seconds
	}{issued.AccessToken, int(issued.ExpiresIn.Seconds())})
}
