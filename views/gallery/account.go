package gallery

import (
	"fmt"
	"time"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
)

// accountFrame has no present page: what is one's own stands in the user menu.
func accountFrame() ui.FrameProps {
	frame := consoleFrame()
	frame.Title, frame.Heading = views.InAccount().Heading, views.InAccount().Heading
	for i := range frame.Nav {
		frame.Nav[i].Current = false
	}
	return frame
}

func accountPage() views.AccountPage {
	u := exampleUser(1)
	rules := rulesMany()
	rules.Subject = views.RuleSubject{Name: "you", Person: true, Self: true}
	return views.AccountPage{
		User: u, Clock: exampleClock(), Rules: rules,
		Sessions: []views.SessionLine{
			exampleSession("hereHandle000001", 12, 0, "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "198.51.100.7"),
			exampleSession("otherHandle00002", 190, 14, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1", "2001:db8:4f00:1a2b:3c4d:5e6f:7a8b:9c0d"),
			exampleSession("otherHandle00003", 420, 25, "", ""),
		},
		Keys: []access.AccessKey{exampleAccessKey(0), exampleAccessKey(1)},
		Activity: &views.Activity{ID: u.ID, Name: u.Email, More: true, Clock: exampleClock(), Events: []access.Event{
			userEvent(3, access.EventCreate, access.Succeeded, "access-key", "laptop"),
			userEvent(48, access.EventSignIn, access.Succeeded, "session", u.Email),
		}},
	}
}

func accountPageBare() views.AccountPage {
	s := accountPage()
	s.Sessions, s.Keys, s.Activity = s.Sessions[:1], nil, nil
	s.Rules.Rules, s.Rules.Effective = nil, nil
	return s
}

// exampleSession was begun and last used so many minutes ago.
func exampleSession(handle string, begun, used int, userAgent, address string) views.SessionLine {
	return views.SessionLine{
		Handle: handle, Here: used == 0, UserAgent: userAgent, SourceIP: address,
		SignedIn: Now.Add(-time.Duration(begun) * time.Minute), LastActive: Now.Add(-time.Duration(used) * time.Minute),
	}
}

func exampleAccessKey(i int) access.AccessKey {
	k := access.AccessKey{
		ID: fmt.Sprintf("01935311-1a00-7000-8000-%012d", i), Name: []string{"laptop", "nightly-report"}[i],
		ClientID: []string{"0key-3f7hw9kd2mxr5tq8bvzc", "0key-9pn4cgy6sjd3qxw2ktfm"}[i], EndsIn: []string{"x4Qp", "7hTz"}[i], Generation: 1,
		CreatedAt: Now.AddDate(0, -1, -i),
	}
	if i == 0 {
		k.LastLogin = Now.Add(-2 * time.Hour)
	}
	return k
}

func accessKeyRefused() views.NewAccessKey {
	return views.NewAccessKey{FormKey: "k", Name: "laptop", Problems: views.About(views.FieldName, "You have an access key named laptop already. Choose another name.")}
}

func accessKeyTicket() views.AccessKeyTicket {
	k := exampleAccessKey(0)
	return views.AccessKeyTicket{
		Title: "Key regenerated", ID: k.ID, Name: k.Name, ClientID: k.ClientID, TokenURL: "https://latchkey.acme.example/api/v1/token",
		APIURL: "https://latchkey.acme.example/api/v1/authorization/access-rules/me", SecretKey: "lk_example0000000000000000000000000000000000000000000000",
		Consequence: "The previous key, ending in 9aBc, no longer works, nor do the tokens it was traded for.",
	}
}

func confirmAccessKey() views.ConfirmAccessKey {
	return views.ConfirmAccessKey{FormKey: "k", Key: exampleAccessKey(0), Clock: exampleClock()}
}

func staleAccessKey() views.ConfirmAccessKey {
	s := confirmAccessKey()
	s.Problems.Form = "Its key was regenerated while this dialog was open. Delete it only if the new key should stop working too."
	return s
}
