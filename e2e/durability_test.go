package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// enough is how many creations have to be acknowledged before the power goes.
const enough = 120

// Whatever was acknowledged is there after a power cut: many people and scripts
// create at once, the process is killed in the middle of it, and everything
// that had an answer has to be found again, key included.
func TestNothingAcknowledgedIsLost(t *testing.T) { onEachEngine(t, powerCut) }

func powerCut(t *testing.T, i *installation) {
	i.createAdministrator()
	s := i.serve()
	made := &acknowledged{wanted: enough, reached: make(chan struct{})}

	var creators sync.WaitGroup
	for worker := range 8 {
		client := s.signedInClient()
		creators.Go(func() { createUntilRefused(s, client, worker, made) })
	}
	<-made.reached
	s.kill()
	creators.Wait()

	again := i.serve()
	listed := i.run("app", "list", "--json")
	for _, c := range made.all() {
		if !strings.Contains(listed, `"clientId":"`+c.ClientID+`"`) {
			t.Errorf("%s was acknowledged and is gone", c.ClientID)
		}
	}
	for _, c := range made.all()[:10] {
		if _, status := again.token(c); status != http.StatusOK {
			t.Errorf("the acknowledged key of %s is answered with %d", c.ClientID, status)
		}
	}
}

// acknowledged gathers what was answered, and tells when it is enough.
type acknowledged struct {
	mu      sync.Mutex
	made    []credentials
	wanted  int
	reached chan struct{}
}

func (a *acknowledged) add(c credentials) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.made = append(a.made, c)
	if len(a.made) == a.wanted {
		close(a.reached)
	}
}

func (a *acknowledged) all() []credentials {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]credentials(nil), a.made...)
}

var shownSecret = regexp.MustCompile(`lk_[0-9A-Za-z]{49}`)

// createUntilRefused posts the plain form until the server is gone.
func createUntilRefused(s *server, client *http.Client, worker int, made *acknowledged) {
	for n := 0; ; n++ {
		name := fmt.Sprintf("burst-%d-%d", worker, n)
		answer, err := client.PostForm(s.url+"/applications", url.Values{"name": {name}})
		if err != nil {
			return
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			return
		}
		if answer.StatusCode == http.StatusCreated {
			made.add(credentials{ClientID: name, ClientSecret: string(shownSecret.Find(body))})
		}
	}
}

// signedInClient is a client with a session of the administrator.
func (s *server) signedInClient() *http.Client {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	answer, err := client.PostForm(s.url+"/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}})
	if err != nil {
		s.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("sign-in answered %s", answer.Status)
	}
	return client
}
