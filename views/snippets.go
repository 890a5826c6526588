package views

// Snippets is how an application gets a token, in the languages of those who
// use it. The secret key is never part of one: it would stay in a history or a
// repository. They read it from $CLIENT_SECRET.
type Snippets struct {
	ClientID string
	TokenURL string
	// APIURL is an API call that needs no access rule.
	APIURL string
	// Signing is nil for an application without public keys.
	Signing *SigningSnippet
	// NoSecretKey leaves only what signs.
	NoSecretKey bool
}

// SigningSnippet is what it takes to sign in with a key pair (RFC 7523).
type SigningSnippet struct {
	Algorithm string
	// KeyID is the thumbprint, which nothing in a shell can mistake for its own.
	KeyID    string
	Issuer   string
	TokenURL string // of the form, not of JSON
}

// language is one of the snippets.
type language struct{ id, label, help, code string }

func (s Snippets) languages() []language {
	var all []language
	if !s.NoSecretKey {
		all = s.withSecretKey()
	}
	if s.Signing != nil {
		all = append(all, language{"openssl", "curl and openssl, with a key pair", "In bash, beside private.pem. It signs an assertion that is good once, for a minute.", s.signed(*s.Signing)})
	}
	return all
}

func (s Snippets) withSecretKey() []language {
	return []language{
		{"curl", "curl", "In bash. Type or paste the secret key after the first line; it is not shown, and not kept in the history.", readSecretSnippet + "\n\n" + s.curl()},
		{"python", "Python", "Python 3 with nothing but its standard library.", s.python()},
		{"go", "Go", "Go with nothing but its standard library. golang.org/x/oauth2/clientcredentials works as well.", s.goProgram()},
		{"actions", "GitHub Actions", "A step of a job. Keep the secret key as the secret LATCHKEY_CLIENT_SECRET of the repository.", s.actions()},
	}
}

const readSecretSnippet = "read -rs CLIENT_SECRET; export CLIENT_SECRET"

func (s Snippets) curl() string {
	return `TOKEN=$(printf '{
  "grantType": "client_credentials",
  "clientId": "` + s.ClientID + `",
  "clientSecret": "%s"
}' "$CLIENT_SECRET" |
  curl -sS -H 'Content-Type: application/json' --data @- \
    ` + s.TokenURL + ` |
  sed -E 's/.*"accessToken": *"([^"]+)".*/\1/')

curl -sS -H "Authorization: Bearer $TOKEN" -w '\nHTTP %{http_code}\n' \
  ` + s.APIURL
}

func (s Snippets) python() string {
	return `import json
import os
import urllib.request


def ask(url, body=None, token=""):
    request = urllib.request.Request(url, headers={"Content-Type": "application/json"})
    if body is not None:
        request.data = json.dumps(body).encode()
    if token:
        request.add_header("Authorization", "Bearer " + token)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


token = ask("` + s.TokenURL + `", {
    "grantType": "client_credentials",
    "clientId": "` + s.ClientID + `",
    "clientSecret": os.environ["CLIENT_SECRET"],
})["accessToken"]

print(ask("` + s.APIURL + `", token=token))`
}

func (s Snippets) goProgram() string {
	return `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	body, err := json.Marshal(map[string]string{
		"grantType":    "client_credentials",
		"clientId":     "` + s.ClientID + `",
		"clientSecret": os.Getenv("CLIENT_SECRET"),
	})
	if err != nil {
		log.Fatal(err)
	}
	var token struct{ AccessToken string }
	answer, err := http.Post("` + s.TokenURL + `", "application/json", bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil || answer.StatusCode != http.StatusOK {
		log.Fatal(answer.Status, err)
	}

	request, err := http.NewRequest(http.MethodGet, "` + s.APIURL + `", nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token.AccessToken)
	rules, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer rules.Body.Close()
	text, err := io.ReadAll(rules.Body)
	fmt.Println(rules.Status, string(text), err)
}`
}

// actions masks the token before any later step can print it.
func (s Snippets) actions() string {
	return `- name: Get a token
  id: latchkey
  env:
    CLIENT_SECRET: ${{ secrets.LATCHKEY_CLIENT_SECRET }}
  run: |
    token=$(printf '{"grantType":"client_credentials","clientId":"` + s.ClientID + `","clientSecret":"%s"}' "$CLIENT_SECRET" |
      curl -sS --fail-with-body -H 'Content-Type: application/json' --data @- \
        ` + s.TokenURL + ` |
      sed -E 's/.*"accessToken": *"([^"]+)".*/\1/')
    echo "::add-mask::$token"
    echo "token=$token" >> "$GITHUB_OUTPUT"

- name: Call the API
  env:
    TOKEN: ${{ steps.latchkey.outputs.token }}
  run: |
    curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" \
      ` + s.APIURL
}

// signed makes an assertion with nothing but openssl. ECDSA signatures come from it
// in DER, and belong into a JWT as two numbers of 32 bytes (RFC 7518 section 3.4).
func (s Snippets) signed(k SigningSnippet) string {
	return `encode() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
now=$(date +%s)
header=$(printf '{"alg":"` + k.Algorithm + `","kid":"` + k.KeyID + `"}' | encode)
claims=$(printf '{"iss":"%s","sub":"%s","aud":"%s","jti":"%s","iat":%d,"exp":%d}' \
  ` + s.ClientID + ` ` + s.ClientID + ` ` + k.Issuer + ` "$(openssl rand -hex 16)" "$now" "$((now + 60))" | encode)
input=$(mktemp)
printf '%s' "$header.$claims" >"$input"
` + signCommands[k.Algorithm] + `
rm "$input"

TOKEN=$(curl -sS -d grant_type=client_credentials \
  -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
  -d client_assertion="$header.$claims.$signature" \
  ` + k.TokenURL + ` |
  sed -E 's/.*"access_token": *"([^"]+)".*/\1/')

curl -sS -H "Authorization: Bearer $TOKEN" -w '\nHTTP %{http_code}\n' \
  ` + s.APIURL
}

var signCommands = map[string]string{
	"EdDSA": `signature=$(openssl pkeyutl -sign -rawin -inkey private.pem -in "$input" | encode)`,
	"RS256": `signature=$(openssl dgst -sha256 -sign private.pem "$input" | encode)`,
	"ES256": `numbers=$(openssl dgst -sha256 -sign private.pem "$input" | openssl asn1parse -inform DER |
  awk -F: '/INTEGER/ { n = $NF; while (length(n) < 64) n = "0" n; printf "%s", n }' | sed 's/../\\x&/g')
signature=$(printf '%b' "$numbers" | encode)`,
}
