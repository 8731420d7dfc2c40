using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using Npgsql;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Migrations.PostgreSql;
using Subscriptions.Migrations.Sqlite;
using Subscriptions.Migrations.SqlServer;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Tests.Features;

namespace Subscriptions.Server.Tests.Migrations;

[TestFixture]
public sealed class MigrationTests
{
    private static readonly DatabaseProvider[] Providers = [SqliteDatabase.Provider, PostgreSqlDatabase.Provider, SqlServerDatabase.Provider];

    [TestCaseSource(nameof(Providers))]
    public void The_migrations_hold_the_whole_model(DatabaseProvider provider)
    {
        using var db = Open(provider, provider.Name == "Sqlite" ? "Data Source=:memory:" : "Server=nowhere;Database=none");
        Assert.That(db.Database.HasPendingModelChanges(), Is.False, "run migrations/add.sh");
    }

    [Test]
    public void The_script_for_SQL_Server_is_T_SQL_and_so_is_what_it_holds_as_text()
    {
        var (script, parts) = ParsedScript();
        var held = new Literals();
        script.Accept(held);
        var filters = held.Texts.Where(text => text.Contains("WHERE", StringComparison.Ordinal)).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(parts, Is.Not.Empty);
            Assert.That(filters, Has.Some.Contains("IX_PaymentAttempts_OneLive"), "filtered indexes are made by text");
            Assert.That(held.Texts.SelectMany(text => Errors(text, out _)), Is.Empty);
        });
    }

    [Test]
    public void Whatever_the_script_for_SQL_Server_does_it_does_once_only()
    {
        var (_, parts) = ParsedScript();
        Assert.That(
            parts.Where(part => part is not (IfStatement or BeginTransactionStatement or CommitTransactionStatement)).Select(part => part.GetType().Name), Is.Empty,
            "every change stands under a question whether it was made");
    }

    [TestCase(2601, true)]
    [TestCase(2627, true)]
    [TestCase(547, false, TestName = "A_broken_reference_is_no_unique_violation")]
    public void A_unique_violation_of_SQL_Server_is_known_by_its_number(int number, bool unique) =>
        Assert.That(SqlServerDatabase.Provider.IsUniqueViolation(new DbUpdateException("failed", SqlErrors.Of(number))), Is.EqualTo(unique));

    [TestCase(1205, true)]
    [TestCase(2627, false)]
    public void A_deadlock_of_SQL_Server_is_worth_another_try(int number, bool transient) =>
        Assert.That(SqlServerDatabase.Provider.IsTransient(SqlErrors.Of(number)), Is.EqualTo(transient));

    [Test]
    public void A_deadlock_is_worth_another_try_however_deep_in_what_EF_Core_throws_it_lies()
    {
        var postgres = new PostgresException("deadlock detected", "ERROR", "ERROR", PostgresErrorCodes.DeadlockDetected);
        Assert.Multiple(() =>
        {
            Assert.That(SqlServerDatabase.Provider.IsTransient(OfSave(SqlErrors.Of(1205))), Is.True);
            Assert.That(SqlServerDatabase.Provider.IsTransient(OfSave(SqlErrors.Of(2627))), Is.False);
            Assert.That(PostgreSqlDatabase.Provider.IsTransient(OfSave(postgres)), Is.True);
        });
    }

    [TestCase("Server=.;AttachDbFilename=C:\\data\\live.mdf;Database=Subscriptions")]
    [TestCase("Server=.;Database=Subscriptions;User Instance=true")]
    [TestCase("Server=.")]
    [TestCase("Database=Subscriptions")]
    [TestCase("nonsense")]
    public void A_database_of_SQL_Server_is_named_on_its_server_and_no_file_is_attached(string connectionString) =>
        Assert.That(SqlServerDatabase.Provider.ConnectionStringProblem(connectionString), Is.Not.Null);

    [Test]
    public void The_client_of_SQL_Server_finds_what_it_loads_at_its_first_command() =>
        Assert.That(new Microsoft.Data.SqlClient.SqlParameter("@days", 5).SqlDbType, Is.EqualTo(System.Data.SqlDbType.Int));

    [Test]
    public async Task No_invoice_can_hold_two_live_attempts_whatever_writes_them()
    {
        var folder = Directory.CreateTempSubdirectory("live-attempts-").FullName;
        await using var database = await TestDatabase.CreateAsync(folder);
        var provider = Providers.Single(p => p.Name == database.Provider);
        try
        {
            await using var db = Open(provider, database.ConnectionString);
            await db.Database.MigrateAsync();
            db.Invoices.Add(new InvoiceRow { Id = new("inv_1"), Number = "1", ReaderId = new("rdr_1"), Lines = "[]", Currency = "GBP", Version = 1 });
            db.PaymentAttempts.Add(Attempt(1));
            await db.SaveChangesAsync();
            db.PaymentAttempts.Add(Attempt(2));
            var refused = Assert.ThrowsAsync<DbUpdateException>(async () => await db.SaveChangesAsync());
            Assert.That(provider.IsUniqueViolation(refused!), Is.True);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task A_database_that_another_version_has_changed_is_refused_by_its_setting()
    {
        await using var service = await RunningService.StartAsync();
        await using (var db = service.OpenDatabase())
        {
            var repository = db.GetService<IHistoryRepository>();
            await db.Database.ExecuteSqlRawAsync(repository.GetInsertScript(new HistoryRow("29991231235959_Later", "10.0.0")));
        }

        var refused = Assert.ThrowsAsync<SettingsException>(() => DatabaseSetup.MigrateAsync(service.Services));
        Assert.That(refused!.Message, Does.StartWith("Database:ConnectionString").And.Contain("29991231235959_Later"));
    }

    // As a save fails with: without a strategy of retries, EF Core tells by a failure of its own that one would help.
    private static InvalidOperationException OfSave(Exception cause) => new("likely transient", new DbUpdateException("failed", cause));

    private static PaymentAttemptRow Attempt(int number) => new()
    {
        InvoiceId = new InvoiceId("inv_1"),
        Number = number,
        State = AttemptState.InFlight,
        LiveSlot = 1,
        PaymentMethodId = "pm_1",
        Actor = "system",
        PaymentIntentId = "pi_1",
    };

    private static SubscriptionsDb Open(DatabaseProvider provider, string connectionString)
    {
        var options = new DbContextOptionsBuilder<SubscriptionsDb>();
        provider.Configure(options, connectionString);
        return new SubscriptionsDb(options.Options);
    }

    private static (TSqlFragment Script, IReadOnlyList<TSqlStatement> Parts) ParsedScript()
    {
        using var db = Open(SqlServerDatabase.Provider, "Server=nowhere;Database=none");
        var text = db.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);
        Assert.That(Errors(text, out var script), Is.Empty);
        return (script, [.. ((TSqlScript)script).Batches.SelectMany(batch => batch.Statements)]);
    }

    private static IEnumerable<string> Errors(string sql, out TSqlFragment parsed)
    {
        parsed = new TSql150Parser(initialQuotedIdentifiers: true).Parse(new StringReader(sql), out var errors);
        return [.. errors.Select(e => $"{e.Line}: {e.Message}: {sql}")];
    }

    /// <summary>Statements that a script holds as text and executes.</summary>
    private sealed class Literals : TSqlFragmentVisitor
    {
        public List<string> Texts { get; } = [];

        public override void Visit(ExecutableStringList node) => Texts.Add(string.Concat(node.Strings.OfType<StringLiteral>().Select(literal => literal.Value)));
    }
}
