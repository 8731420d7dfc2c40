using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.SqlServer.TransactSql.ScriptDom;
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
    public void The_script_for_SQL_Server_is_T_SQL_and_can_be_run_twice()
    {
        using var db = Open(SqlServerDatabase.Provider, "Server=nowhere;Database=none");
        var script = db.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);
        new TSql150Parser(initialQuotedIdentifiers: true).Parse(new StringReader(script), out var errors);
        Assert.Multiple(() =>
        {
            Assert.That(errors.Select(e => $"{e.Line}: {e.Message}"), Is.Empty);
            Assert.That(script, Does.Contain("IF NOT EXISTS").And.Contain("IX_PaymentAttempts_OneLive"));
        });
    }

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
}
