package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
)

// jwks is the public part of the signing keys (RFC 7517), for whoever verifies
// tokens without asking.
func (a *api) jwks(c echo.Context) error {
	keys, err := a.svc.JWKS(c.Request().Context())
	if err != nil {
		return err
	}
	return answerPublic(c, keys)
}

// answerPublic sends what anybody may read and keep for a while.
func answerPublic(c echo.Context, body []byte) error {
	sum := sha256.Sum256(body)
	etag := `"` + hex.EncodeToString(sum[:8]) + `"`
	h := c.Response().Header()
	h.Set("ETag", etag)
	h.Set(echo.HeaderCacheControl, fmt.Sprintf("public, max-age=%d", int(access.KeySetMaxAge.Seconds())))
	if matches(c.Request().Header.Get("If-None-Match"), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, contentJSON, body)
}

// matches reads If-None-Match (RFC 9110 section 13.1.2), which compares weakly.
func matches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == etag || candidate == "*" {
			return true
		}
	}
	return false
}

// serverMetadata is the part of RFC 8414 that is there. Its addresses are the
// configured ones, whatever Host a request names.
type serverMetadata struct {
	Issuer        string   `json:"issuer"`
	TokenEndpoint string   `json:"token_endpoint"`
	KeySet        string   `json:"jwks_uri"`
	ResponseTypes []string `json:"response_types_supported"`
	GrantTypes    []string `json:"grant_types_supported"`
	ClientAuth    []string `json:"token_endpoint_auth_methods_supported"`
}

func (a *api) metadata() echo.HandlerFunc {
	return published(serverMetadata{
		Issuer:        a.cfg.PublicURL,
		TokenEndpoint: a.cfg.PublicURL + "/api/v2/token",
		KeySet:        a.cfg.PublicURL + "/.well-known/jwks.json",
		ResponseTypes: []string{}, // there is no authorization endpoint
		GrantTypes:    []string{grantClientCredentials},
		ClientAuth:    []string{"client_secret_basic", "client_secret_post"},
	})
}

// published is a document that is made once: it never changes while the server
// runs.
func published(v any) echo.HandlerFunc {
	body, err := json.Marshal(v)
	return func(c echo.Context) error {
		if err != nil {
			return err
		}
		return answerPublic(c, body)
	}
}
