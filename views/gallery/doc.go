// Package gallery shows every part of views/ui, and every page of views, in named states: empty, one, many, error,
// forbidden, long text. Golden tests compare the states as parsed HTML, the browser's accessibility check walks them,
// and people look at them. It is never served by the product.
package gallery
