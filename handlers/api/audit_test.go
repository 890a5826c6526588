package api_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"
)

type wireEvents struct {
	Total, Next *int
	AuditLogs   []struct {
		Action     string
		EntityType string `json:"entity_type"`
		EntityName string `json:"entity_name"`
		Metadata   map[string]string
	} `json:"audit_logs"`
}

func (e wireEvents) String() string {
	var all []string
	for _, event := range e.AuditLogs {
		all = append(all, event.Action+" "+event.EntityType+" "+event.EntityName)
	}
	return strings.Join(all, ", ")
}

// TestAuditLog has every parameter of api-contract.md 4.2.
func TestAuditLog(t *testing.T) {
	p := newProduct(t)
	start := p.clock().Add(-time.Hour).UTC().Format(time.RFC3339)
	bearer := p.admin(t)
	for _, name := range []string{"one", "two"} {
		p.wait(time.Second)
		p.send(bearer, "POST", "/api/v1/apps", object("name", name)).want(t, 201)
	}
	p.wait(time.Second)
	app := p.application(t, "gone")
	p.wait(time.Second)
	p.send(bearer, "DELETE", "/api/v1/apps/"+app.ID, "").want(t, 204)
	end := p.clock().Add(time.Hour).UTC().Format("2006-01-02T15:04:05Z07:00")
	all := "start=" + start + "&end=" + end
	const byAdmin = "&filterBy=subject==admin"
	for query, want := range map[string]string{
		all + byAdmin:                                                                   "3 - create application one, create application two, delete application gone",
		all + byAdmin + "&numberOfSamples=2":                                            "3 2 create application one, create application two",
		all + byAdmin + "&numberOfSamples=2&offset=2":                                   "3 - delete application gone",
		all + byAdmin + "&numberOfSamples=0":                                            "3 - ",
		all + byAdmin + "&sortOrder=desc&limit=1":                                       "3 - delete application gone, create application two, create application one",
		all + byAdmin + ",action==delete":                                               "1 - delete application gone",
		all + byAdmin + "&sortBy=entity_name":                                           "3 - delete application gone, create application one, create application two",
		all + "&filterBy=entity_name==two":                                              "1 - create application two",
		"start=" + end + "&end=" + end:                                                  "0 - ",
		"start=2026-11-23T00:00:00%2B00:00&end=" + end + byAdmin + "&numberOfSamples=1": "3 1 create application one",
	} {
		got := p.get(t, bearer, "/api/v1/audit/log?"+query).want(t, 200)
		var list wireEvents
		got.decode(t, &list)
		next := "-"
		if list.Next != nil {
			next = fmt.Sprint(*list.Next)
		}
		if text := fmt.Sprint(*list.Total, " ", next, " ", list); text != want {
			t.Errorf("?%s: %s, want %s", query, text, want)
		}
	}
	p.get(t, bearer, "/api/v1/audit/log?"+all+byAdmin+"&numberOfSamples=1").want(t, 200, `"subject_type":"App"`, `"tenant_id":"1001"`, `"http_method":"POST"`,
		`"url":"/api/v1/apps"`, `"result":"Succeeded"`, `"request_id":"`, `"source_ip":"192.0.2.1"`)
	for query, words := range map[string]string{
		"":                               "start is missing. end is missing.",
		"start=" + start:                 "end is missing.",
		"start=yesterday&end=" + end:     "start must be a time",
		"start=" + end + "&end=" + start: "The end is before the start.",
		all + "&numberOfSamples=1001":    "numberOfSamples must be a whole number from 0 to 1000",
		all + "&sortBy=colour":           "sortBy must be one of",
		all + "&filterBy=colour==red":    "colour",
		all + "&filterBy=action==burn":   "burn",
	} {
		p.get(t, bearer, "/api/v1/audit/log?"+query).want(t, 400, words)
	}
	reader := p.tokenFor(t, p.application(t, "reader"))
	p.get(t, reader, "/api/v1/audit/log?"+all).want(t, 403, "permission to read Event history")

	// As a file, in both spellings of the parameter.
	for query, want := range map[string]string{"": "csv 3", "&file_type=CSV": "csv 3", "&fileType=csv": "csv 3", "&fileType=JSON": "json 3", "&file_type=JSON&numberOfSamples=2": "json 2",
		"&numberOfSamples=1": "csv 1", "&numberOfSamples=0&fileType=JSON": "json 0", "&numberOfSamples=0": "csv 0"} {
		got := p.get(t, bearer, "/api/v1/audit/log/file?"+all+byAdmin+",action!=export"+query).want(t, 200)
		kind, n := "csv", 0
		if strings.HasPrefix(got.body, "[") {
			var events []map[string]any
			got.decode(t, &events)
			kind, n = "json", len(events)
		} else {
			records, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
			must(t, err)
			n = len(records) - 1
			if records[0][0] != "id" || records[0][3] != "subject" {
				t.Errorf("%q", records[0])
			}
		}
		if fmt.Sprint(kind, " ", n) != want || got.header.Get("Content-Type") != "application/octet-stream" || got.header.Get("Content-Disposition") != `attachment; filename="audit-log.`+kind+`"` {
			t.Errorf("%s: %s %d, %v", query, kind, n, got.header)
		}
	}
	// What was downloaded is told too, in words that the wire has.
	p.get(t, bearer, "/api/v1/audit/log?"+all+"&filterBy=action==export").want(t, 200, `"action":"create"`, `"entity_type":"audit-log-export"`)
	p.send(bearer, "GET", "/api/v1/audit/log?"+all+byAdmin+"&numberOfSamples=2", "", "Accept", "text/csv").want(t, 200, "create,POST,/api/v1/apps,application,one")
}
