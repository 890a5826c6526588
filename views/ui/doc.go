// Package ui holds the parts that every page of the console is built from: frame, buttons, fields, dialogs, tables,
// menus, messages. A part takes a Props struct and slots (children, or a templ.Component field) and gives markup with
// stable ids, plain links and plain forms, so that everything works before, and without, JavaScript. The data-
// attributes are the contract with static/console.js; the hx- attributes are the contract with htmx.
//
// It knows nothing of applications, users, requests or routes: words and addresses arrive in the Props.
package ui
