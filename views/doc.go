// Package views is what is seen: a struct shaped like a screen goes in, markup
// comes out. The screens are made of the parts in views/ui, and views/gallery
// shows each of them in its named states.
//
// It knows the words of access and the addresses of the console, but no request,
// no session and no store; what depends on the moment or on the person arrives
// in the struct.
package views
