package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/labstack/echo/v4"
	_ "modernc.org/sqlite"
)

func main() {
	database := flag.String("database", "bare.db", "SQLite file or postgres:// URL with the table bare_clients")
	flag.Parse()
	if err := serve(*database); err != nil {
		log.Fatal(err)
	}
}

func serve(database string) error {
	db, err := openDatabase(database)
	if err != nil {
		return err
	}
	lookUp, err := db.Prepare(`SELECT secret_hash, enabled FROM bare_clients WHERE client_id = $1`)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	signer, err := newSigner(key)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	e := echo.New()
	e.POST("/api/v1/token", func(c echo.Context) error { return issue(c, lookUp, signer) })
	e.GET("/api/v1/auth/verify", func(c echo.Context) error { return verify(c, lookUp, &key.PublicKey) })
	fmt.Printf("ready: http://%s\n", listener.Addr())
	return http.Serve(listener, e)
}

// openDatabase gives both the eight connections that measured best.
func openDatabase(database string) (*sql.DB, error) {
	const connections = 8
	driver, source := "sqlite", "file:"+database+"?_pragma=journal_mode(WAL)&_pragma=mmap_size(268435456)"
	if strings.HasPrefix(database, "postgres") {
		driver, source = "pgx", database
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, db.Ping()
}

func newSigner(key *ecdsa.PrivateKey) (jose.Signer, error) {
	options := (&jose.SignerOptions{}).WithType("at+jwt").WithHeader("kid", "bare")
	return jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
}

type request struct{ GrantType, ClientID, ClientSecret string }

// claims are as many and as long as the product's.
type claims struct {
	Issuer     string   `json:"iss"`
	Subject    string   `json:"sub"`
	Audience   []string `json:"aud"`
	Expires    int64    `json:"exp"`
	IssuedAt   int64    `json:"iat"`
	ID         string   `json:"jti"`
	ClientID   string   `json:"client_id"`
	TenantID   int      `json:"tenant_id"`
	Generation int      `json:"gen"`
}

func issue(c echo.Context, lookUp *sql.Stmt, signer jose.Signer) error {
	var in request
	if err := json.NewDecoder(c.Request().Body).Decode(&in); err != nil {
		return c.NoContent(http.StatusBadRequest)
	}
	var stored []byte
	var enabled bool
	if err := lookUp.QueryRowContext(c.Request().Context(), in.ClientID).Scan(&stored, &enabled); err != nil {
		return c.NoContent(http.StatusBadRequest)
	}
	given := sha256.Sum256([]byte(in.ClientSecret))
	if !enabled || subtle.ConstantTimeCompare(given[:], stored) != 1 {
		return c.NoContent(http.StatusBadRequest)
	}
	token, err := sign(signer, in.ClientID, time.Now())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"accessToken": token, "expiresIn": 3600})
}

func sign(signer jose.Signer, clientID string, now time.Time) (string, error) {
	payload, err := json.Marshal(claims{
		Issuer: "http://127.0.0.1:8080", Subject: clientID, Audience: []string{"http://127.0.0.1:8080"},
		Expires: now.Add(time.Hour).Unix(), IssuedAt: now.Unix(), ID: rand.Text(),
		ClientID: clientID, TenantID: 1001, Generation: 1,
	})
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// verify is the least that a check of a token can do: its signature, its end, and
// one look-up of the client.
func verify(c echo.Context, lookUp *sql.Stmt, key *ecdsa.PublicKey) error {
	raw := strings.TrimPrefix(c.Request().Header.Get("Authorization"), "Bearer ")
	signed, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return c.NoContent(http.StatusUnauthorized)
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return c.NoContent(http.StatusUnauthorized)
	}
	var in claims
	if err := json.Unmarshal(payload, &in); err != nil || in.Expires <= time.Now().Unix() {
		return c.NoContent(http.StatusUnauthorized)
	}
	var stored []byte
	var enabled bool
	if err := lookUp.QueryRowContext(c.Request().Context(), in.ClientID).Scan(&stored, &enabled); err != nil || !enabled {
		return c.NoContent(http.StatusUnauthorized)
	}
	c.Response().Header().Set("X-Latchkey-Client-Id", in.ClientID)
	return c.NoContent(http.StatusOK)
}
