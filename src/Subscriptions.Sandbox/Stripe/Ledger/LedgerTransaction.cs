using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Subscriptions.Sandbox.Stripe.Ledger;

/// <summary>What one request may do to the ledger. Reads outside the writer use the same type and never write.</summary>
internal sealed class LedgerTransaction(SqlSession sql, StripeSimulatorOptions options, byte[] seed, DateTimeOffset now)
{
    private const string Columns = "seq, id, kind, created, body, hidden";

    /// <summary>Billing time at which this work runs.</summary>
    public DateTimeOffset Now => now;

    public StripeSimulatorOptions Options => options;

    /// <summary>Request and key that events name as their cause; null for what Stripe does by itself.</summary>
    public RequestTrace? Request { get; set; }

    public SqlSession Sql => sql;

    public StripeObject? Find(string kind, string? id) =>
        id is null ? null : sql.Rows($"SELECT {Columns} FROM objects WHERE id = @p0 AND kind = @p1", Map, id, kind).FirstOrDefault();

    public StripeObject? FindAny(string id) =>
        sql.Rows($"SELECT {Columns} FROM objects WHERE id = @p0", Map, id).FirstOrDefault();

    /// <summary>An object of which another one already spoke, so that its absence is a defect.</summary>
    public StripeObject Get(string kind, string id) =>
        Find(kind, id) ?? throw new InvalidOperationException($"The ledger lost {kind} {id}.");

    public StripeObject Insert(string kind, string prefix, JsonObject body, JsonObject? hidden = null) =>
        Insert(kind, NewId(prefix), now.ToUnixTimeSeconds(), body, hidden);

    public StripeObject Insert(string kind, string id, long created, JsonObject body, JsonObject? hidden = null)
    {
        var full = new JsonObject { ["id"] = id, ["object"] = kind };
        foreach (var (name, value) in body.ToList())
        {
            body.Remove(name);
            full[name] = value;
        }

        full["created"] = created;
        full["livemode"] = false;
        var made = new StripeObject(id, kind, created, full, hidden ?? []);
        sql.Run("""
            INSERT INTO objects(id, kind, created, customer, parent, type, body, hidden)
            VALUES(@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7)
            """, id, kind, created, made.Customer, full.Text("payment_intent"), full.Text("type"),
            full.ToJsonString(), made.Hidden.ToJsonString());
        return made;
    }

    public void Save(StripeObject changed) =>
        sql.Run("UPDATE objects SET customer = @p1, body = @p2, hidden = @p3 WHERE id = @p0",
            changed.Id, changed.Customer, changed.Body.ToJsonString(), changed.Hidden.ToJsonString());

    /// <summary>An id that looks like Stripe's, derived from the ledger's seed and its counter.</summary>
    public string NewId(string prefix)
    {
        var number = sql.Scalar<long>("UPDATE meta SET number = number + 1 WHERE name = 'ids' RETURNING number");
        return ObjectIds.Derive(seed, prefix, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>The same id for the same key, so that what is repeated after a crash finds what it had made.</summary>
    public string IdFor(string prefix, string key) => ObjectIds.Derive(seed, prefix, "key:" + key);

    /// <summary>Records an event with the object as it stands now, and a delivery to each endpoint that wants it.</summary>
    public void Emit(string type, StripeObject subject, JsonObject? before = null)
    {
        var data = new JsonObject { ["object"] = subject.Body.Copy() };
        if (before is not null)
        {
            data["previous_attributes"] = before;
        }

        var delivered = options.WebhookEvents.Contains(type) ? options.WebhookUrls.Count : 0;
        var made = Insert("event", "evt_", new JsonObject
        {
            ["api_version"] = StripeSimulatorOptions.ApiVersion,
            ["data"] = data,
            ["pending_webhooks"] = delivered,
            ["request"] = new JsonObject { ["id"] = Request?.Id, ["idempotency_key"] = Request?.Key },
            ["type"] = type,
        });
        for (var endpoint = 0; endpoint < delivered; endpoint++)
        {
            sql.Run("INSERT INTO deliveries(event, endpoint, state, due_at, first_at) VALUES(@p0, @p1, 'pending', @p2, @p2)",
                made.Id, endpoint, now.ToUnixTimeMilliseconds());
        }
    }

    /// <summary>Asks for work at a moment of billing time; <see cref="DueSettlements"/> knows the kinds.</summary>
    public void Schedule(DateTimeOffset at, string kind, string target) =>
        sql.Run("INSERT INTO due(due_at, kind, target) VALUES(@p0, @p1, @p2)", at.ToUnixTimeMilliseconds(), kind, target);

    /// <summary>Runs a step whose failure must undo the step, but not the transaction around it.</summary>
    public T Attempt<T>(Func<T> step)
    {
        sql.Run("SAVEPOINT step");
        try
        {
            var result = step();
            sql.Run("RELEASE step");
            return result;
        }
        catch
        {
            sql.Run("ROLLBACK TO step");
            sql.Run("RELEASE step");
            throw;
        }
    }

    internal static StripeObject Map(SqliteDataReader row) =>
        new(row.GetString(1), row.GetString(2), row.GetInt64(3),
            (JsonObject)JsonNode.Parse(row.GetString(4))!, (JsonObject)JsonNode.Parse(row.GetString(5))!)
        {
            Seq = row.GetInt64(0),
        };
}

/// <summary>The API request that caused a change.</summary>
internal sealed record RequestTrace(string Id, string? Key);
