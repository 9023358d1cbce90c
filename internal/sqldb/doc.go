// Package sqldb opens SQL engines safely, migrates them and tells their errors apart. The store calls it. It knows
// nothing of Porchlight: no table and no word of ours.
package sqldb
