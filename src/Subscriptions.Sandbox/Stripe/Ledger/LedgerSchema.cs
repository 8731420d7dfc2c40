namespace Subscriptions.Sandbox.Stripe.Ledger;

/// <summary>The tables of <c>stripe.db</c>.</summary>
internal static class LedgerSchema
{
    public const string Pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";

    /// <summary>Times are Unix seconds in <c>objects</c> (Stripe's unit) and Unix milliseconds elsewhere.</summary>
    public const string Create = """
        CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, number INTEGER, text TEXT) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS objects(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
            created INTEGER NOT NULL, customer TEXT, parent TEXT, type TEXT,
            body TEXT NOT NULL, hidden TEXT NOT NULL);
        CREATE INDEX IF NOT EXISTS objects_by_kind ON objects(kind, created, seq);
        CREATE INDEX IF NOT EXISTS objects_by_customer ON objects(kind, customer, created, seq);
        CREATE INDEX IF NOT EXISTS objects_by_parent ON objects(kind, parent, created, seq);
        CREATE TABLE IF NOT EXISTS idempotency(
            key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
            request TEXT NOT NULL, saved_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS deliveries(
            id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint INTEGER NOT NULL,
            state TEXT NOT NULL, due_at INTEGER NOT NULL, first_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0, last_answer TEXT);
        CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries(state, due_at);
        CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries(event);
        CREATE TABLE IF NOT EXISTS due(
            id INTEGER PRIMARY KEY AUTOINCREMENT, due_at INTEGER NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL);
        CREATE INDEX IF NOT EXISTS due_at ON due(due_at);
        CREATE TABLE IF NOT EXISTS faults(
            id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, remaining INTEGER, used INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE IF NOT EXISTS journal(
            id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, params TEXT NOT NULL,
            key TEXT, request TEXT NOT NULL, status INTEGER, answer TEXT, replayed INTEGER NOT NULL, fault TEXT, subjects TEXT NOT NULL);
        """;

    public const string Empty = """
        DELETE FROM objects; DELETE FROM idempotency; DELETE FROM deliveries; DELETE FROM due; DELETE FROM faults;
        DELETE FROM journal; DELETE FROM meta WHERE name = 'webhook_secrets';
        """;
}
