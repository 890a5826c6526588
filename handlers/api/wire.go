package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

const contentJSON = "application/json; charset=utf-8"

// answer sends v as JSON.
func answer(c echo.Context, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.Blob(status, contentJSON, b)
}

// badRequest is a 400 with a sentence for whoever reads the client's log.
func badRequest(message string, cause error) error {
	return &web.Problem{Status: http.StatusBadRequest, Message: message, Cause: cause}
}

func notFound(cause error) error {
	return &web.Problem{Status: http.StatusNotFound, Message: unknownID, Cause: cause}
}

// told is what an error would have been as an answer of its own, for operations
// that do several things and answer for each.
func told(ctx context.Context, err error) (code int, message string) {
	code = web.StatusOf(err)
	var (
		invalid    *access.InvalidError
		conflict   *access.ConflictError
		permission *access.PermissionError
	)
	switch {
	case errors.As(err, &invalid):
		return http.StatusBadRequest, invalid.Error()
	case errors.As(err, &conflict):
		return code, conflict.Error()
	case errors.As(err, &permission):
		return code, permission.Error()
	case errors.Is(err, access.ErrNotFound):
		return code, unknownID
	}
	echoOf(ctx).Logger().Errorf("one of several failed: %v", err)
	return code, "We could not do it just now. Try again."
}

const unknownID = "Resource id not found."

// readJSON reads the body into v, whatever its content type: people who type
// curl forget it. Keys match in any casing and unknown ones are ignored. A body
// that is a JSON string holding JSON is what the asynchronous client of runapy
// sends. No body at all leaves v as it is.
func readJSON(c echo.Context, v any) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return bodyError(err)
	}
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] == '"' {
		var inner string
		if err := json.Unmarshal(body, &inner); err != nil {
			return badRequest(notJSON, err)
		}
		body = bytes.TrimSpace([]byte(inner))
	}
	if len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, v); err != nil {
		return badRequest(notJSON, err)
	}
	return nil
}

const notJSON = "The body must be a JSON object with string values."

// bodyError keeps a body over the limit a 413; any other trouble with reading is
// the client's connection.
func bodyError(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return err
	}
	return badRequest("The body could not be read.", err)
}

// wireTime is a moment as the API tells it: RFC 3339 in UTC with at most six
// digits of a second, and null for never.
type wireTime struct{ time.Time }

func (t wireTime) MarshalJSON() ([]byte, error) { return t.append(nil), nil }

func (t wireTime) append(b []byte) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = t.UTC().Truncate(time.Microsecond).AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// tenantText is the tenant's id where the wire wants a string (api-contract.md 0.6).
const tenantText = access.TenantNodeID
