using System.Globalization;
using NUnit.Framework;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Tests.Adapters;

namespace Subscriptions.Server.Tests.Hosting;

/// <summary>What a command line starts, and what it does not.</summary>
public sealed class ServerCommandsTests
{
    [TestCase("acept", "--to", "you@example.com")]
    [TestCase("ACCEPT", "--to", "you@example.com")]
    [TestCase("accept", "--to", "you@example.com", "extra")]
    [TestCase("accept", "--to", "you@example.com", "--bogus")]
    [TestCase("accept", "--to", "you@example.com", "--patience")]
    [TestCase("accept", "--to", "one@example.com", "--to", "two@example.com")]
    [TestCase("accept")]
    [TestCase("reconcile", "--from:2026-03-01")]
    [TestCase("collecting")]
    [TestCase("collecting", "on")]
    [TestCase("ledger", "burn")]
    [TestCase("serve")]
    [TestCase("--bogus=1")]
    [TestCase("--Stripe:SecretKey")]
    public async Task What_cannot_be_understood_starts_nothing_and_says_so(params string[] args)
    {
        var (code, started, told) = await RunAsync(args);
        Assert.That((code, started), Is.EqualTo((ServerCommands.Misused, false)), told);
        Assert.That(told, Does.Contain("Nothing was started."));
    }

    [TestCase]
    [TestCase("--urls", "http://localhost:5081")]
    [TestCase("--Stripe:SecretKey=sk_test_1", "--Database:ConnectionString=Data Source=x.db", "--Instance=two")]
    [TestCase("--Smtp:Host", "smtp.example.com", "--urls=http://localhost:5081")]
    public async Task Without_a_command_it_is_the_service_whatever_settings_stand_there(params string[] args) =>
        Assert.That(await RunAsync(args), Is.EqualTo((0, true, "")));

    [Test]
    public async Task Help_shows_the_commands_and_starts_nothing()
    {
        var (code, started, told) = await RunAsync(["--help"]);
        Assert.That((code, started), Is.EqualTo((0, false)));
        Assert.That(told, Does.Contain("accept").And.Contain("reconcile").And.Contain("collecting").And.Contain("ledger").And.Contain("keys"));
    }

    [Test]
    public async Task Help_says_that_a_new_key_signs_when_it_has_been_published_for_a_while()
    {
        var (code, started, told) = await RunAsync(["keys", "--help"]);
        Assert.That((code, started), Is.EqualTo((0, false)));
        Assert.That(told, Does.Contain("published at once").And.Contain("5 minutes later"));
    }

    private static async Task<(int Code, bool Started, string Told)> RunAsync(string[] args)
    {
        var started = false;
        using var told = new StringWriter(CultureInfo.InvariantCulture);
        var code = await ServerCommands.RunAsync(args, AdaptersUnderTest.Parts(), () =>
        {
            started = true;
            return Task.CompletedTask;
        }, told, told);
        return (code, started, told.ToString());
    }
}
