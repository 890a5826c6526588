package api

import (
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"latchkey/access"
)

// TestUnlistedOperationIsRefused: what the table of permissions does not have is
// reached by nobody, even if its route is mounted.
func TestUnlistedOperationIsRefused(t *testing.T) {
	c := echo.New().NewContext(httptest.NewRequest("GET", "/", nil), httptest.NewRecorder())
	handler := onlyListed(func(echo.Context, any) (any, error) {
		t.Error("it was reached")
		return nil, nil
	}, "burnEverything")
	if _, err := handler(c, nil); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("%v", err)
	}
}
