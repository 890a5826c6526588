package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/web"
)

const (
	idempotencyKey = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"
)

// keptAnswer is an answer as it is kept, sealed, for a client that lost it.
type keptAnswer struct {
	Status int
	Type   string
	ETag   string `json:",omitempty"`
	Body   []byte
}

// once lets a client that lost an answer ask again, by the same Idempotency-Key,
// without a second application: it gets the first answer, secret key included,
// for ten minutes. Refusals are not kept.
func (a *api) once(op *operation, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		key := c.Request().Header.Get(idempotencyKey)
		if !op.replayable || key == "" {
			return next(c)
		}
		request, err := fingerprint(c.Request())
		if err != nil {
			return err
		}
		kept, replayed, err := a.svc.Once(c.Request().Context(), web.CallerOf(c), key, request, func(context.Context) ([]byte, error) {
			return record(c, next)
		})
		if err != nil {
			return err
		}
		return repeat(c, kept, replayed)
	}
}

// fingerprint is what makes a request the same: what is asked, of what, with
// which body.
func fingerprint(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return append([]byte(r.Method+" "+r.URL.Path+"\n"), body...), nil
}

// record lets the operation answer into memory.
func record(c echo.Context, next echo.HandlerFunc) ([]byte, error) {
	out := c.Response()
	recorder := &answerRecorder{header: out.Header().Clone()}
	c.SetResponse(echo.NewResponse(recorder, c.Echo()))
	err := next(c)
	c.SetResponse(out)
	if err != nil {
		return nil, err
	}
	return json.Marshal(keptAnswer{
		Status: recorder.status, Type: recorder.header.Get(echo.HeaderContentType), ETag: recorder.header.Get("ETag"),
		Body: recorder.body.Bytes(),
	})
}

func repeat(c echo.Context, kept []byte, replayed bool) error {
	var answer keptAnswer
	if err := json.Unmarshal(kept, &answer); err != nil {
		return err
	}
	h := c.Response().Header()
	if replayed {
		h.Set(replayedHeader, "true")
	}
	if answer.ETag != "" {
		h.Set("ETag", answer.ETag)
	}
	return c.Blob(answer.Status, answer.Type, answer.Body)
}

// answerRecorder is an http.ResponseWriter in memory.
type answerRecorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *answerRecorder) Header() http.Header         { return r.header }
func (r *answerRecorder) WriteHeader(status int)      { r.status = status }
func (r *answerRecorder) Write(b []byte) (int, error) { return r.body.Write(b) }
