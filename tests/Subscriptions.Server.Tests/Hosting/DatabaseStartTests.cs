using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Tests.Adapters;
using Subscriptions.Tests;

namespace Subscriptions.Server.Tests.Hosting;

/// <summary>A start with a database that is not there.</summary>
internal sealed class DatabaseStartTests
{
    [TestCase("PostgreSql", "Host=127.0.0.1;Port={0};Database=subscriptions;Username=courier;Password=correct-horse;Timeout=5")]
    [TestCase("SqlServer", "Server=127.0.0.1,{0};Database=subscriptions;User Id=courier;Password=correct-horse;Connect Timeout=5")]
    [TestCase("Sqlite", "Data Source=/dev/null/{0}.db")]
    public async Task A_database_that_cannot_be_opened_stops_the_start_by_its_setting_and_without_its_password(string provider, string connection)
    {
        await using var service = ServerHost.Create([], builder =>
        {
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls($"http://127.0.0.1:{FreePorts.Take()}");
            builder.Configuration.AddInMemoryCollection(SettingsValidationTests.Good);
            builder.Configuration["Database:Provider"] = provider;
            builder.Configuration["Database:ConnectionString"] = string.Format(null, connection, FreePorts.Take());
        }, AdaptersUnderTest.Parts());

        var refusal = Assert.ThrowsAsync<SettingsException>(() => service.StartAsync())!.Failures.Single();

        Assert.That(refusal.Setting, Is.EqualTo("Database:ConnectionString"));
        Assert.That(refusal.ToString(), Does.Contain("cannot be opened").And.Not.Contain("correct-horse"));
    }
}
