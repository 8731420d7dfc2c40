using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Subscriptions.Sandbox.Rooms;

namespace Subscriptions.Sandbox.Tests.Panel;

/// <summary>Moves of a payer's bank, asked for over HTTP.</summary>
[TestFixture]
public sealed class DisputesApiTests
{
    private TestFolder folder = null!;
    private SandboxProcess process = null!;
    private HttpClient panel = null!;

    [OneTimeSetUp]
    public async Task SetUp()
    {
        folder = new TestFolder();
        var options = TestOptions.In(folder.Path, SandboxRooms.Panel);
        process = new SandboxProcess(options, [], TimeProvider.System);
        await process.StartAsync(CancellationToken.None);
        panel = new HttpClient { BaseAddress = SandboxOptions.At(options.Ports.Panel) };
    }

    [OneTimeTearDown]
    public async Task TearDown()
    {
        panel.Dispose();
        await process.DisposeAsync();
        folder.Dispose();
    }

    [TestCase(null, "Dispute", "payment")]
    [TestCase("rosa@example.com", "Perhaps", "move")]
    [TestCase("rosa@example.com", "1", "move")]
    public async Task A_wish_that_cannot_be_read_is_refused_by_its_field(string? payment, string move, string field)
    {
        using var answer = await panel.PostAsJsonAsync("/disputes.json", new { payment, move });
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain($"\"{field}\""));
    }

    [Test]
    public async Task A_payer_of_whom_nothing_was_taken_cannot_dispute_it()
    {
        using var answer = await panel.PostAsJsonAsync("/disputes.json", new { payment = "nobody@example.com", move = "Dispute" });
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [Test]
    public async Task The_form_says_why_nothing_was_done()
    {
        var empty = await panel.GetStringAsync("/disputes");
        var token = Regex.Match(empty, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using var form = new FormUrlEncodedContent([new("payment", "nobody@example.com"), new("move", "Dispute"), new("__RequestVerificationToken", token)]);
        using var answer = await panel.PostAsync("/disputes", form);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.That((answer.StatusCode, page.Contains("role=\"alert\"", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.BadRequest, true)));
    }
}
