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

// The addresses that the metadata tells.
const (
	tokenPath         = "/api/v2/token"
	introspectionPath = "/api/v2/token/introspect"
	revocationPath    = "/api/v2/token/revoke"
	keySetPath        = "/.well-known/jwks.json"
)

// serverMetadata is what RFC 8414 section 2 knows of what is here, and the part
// of OpenID Connect Discovery that generic clients look for. Its addresses are
// the configured ones, whatever Host a request names.
type serverMetadata struct {
	Issuer        string   `json:"issuer"`
	TokenEndpoint string   `json:"token_endpoint"`
	KeySet        string   `json:"jwks_uri"`
	ResponseTypes []string `json:"response_types_supported"`
	GrantTypes    []string `json:"grant_types_supported"`
	Scopes        []string `json:"scopes_supported"`

	ClientAuth    []string `json:"token_endpoint_auth_methods_supported"`
	ClientAuthAlg []string `json:"token_endpoint_auth_signing_alg_values_supported"`

	Introspection        string   `json:"introspection_endpoint"`
	IntrospectionAuth    []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAuthAlg []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
	IntrospectionAlg     []string `json:"introspection_signing_alg_values_supported"` // RFC 9701 section 7

	Revocation        string   `json:"revocation_endpoint"`
	RevocationAuth    []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAuthAlg []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`

	Documentation string `json:"service_documentation"`

	// No ID tokens are made. Generic clients take these for the algorithms that
	// anything of this issuer may be signed with, and RS256 alone if they are missing.
	TokenAlg     []string `json:"id_token_signing_alg_values_supported"`
	SubjectTypes []string `json:"subject_types_supported"`
}

func (a *api) metadata() echo.HandlerFunc {
	methods := []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	algorithms := access.SigningAlgorithms()
	return published(serverMetadata{
		Issuer:        a.cfg.PublicURL,
		TokenEndpoint: a.cfg.PublicURL + tokenPath,
		KeySet:        a.cfg.PublicURL + keySetPath,
		ResponseTypes: []string{}, // there is no authorization endpoint
		GrantTypes:    []string{grantClientCredentials},
		Scopes:        access.TokenScopes(),
		ClientAuth:    methods, ClientAuthAlg: algorithms,
		Introspection: a.cfg.PublicURL + introspectionPath, IntrospectionAuth: methods, IntrospectionAuthAlg: algorithms, IntrospectionAlg: algorithms,
		Revocation: a.cfg.PublicURL + revocationPath, RevocationAuth: methods, RevocationAuthAlg: algorithms,
		Documentation: a.cfg.PublicURL + "/api-reference",
		TokenAlg:      algorithms,
		SubjectTypes:  []string{"public"},
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
