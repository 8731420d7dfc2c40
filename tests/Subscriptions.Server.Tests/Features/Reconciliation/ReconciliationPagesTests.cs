using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Reconciliation;

/// <summary>The report as finance reads it: on a page, as CSV, over the API and on the command line.</summary>
internal sealed class ReconciliationPagesTests
{
    [Test]
    public async Task The_report_can_be_read_on_a_page_as_csv_over_the_api_and_on_the_command_line()
    {
        await using var server = await ApiCaller.StartAsync();
        await server.Service.Services.GetRequiredService<CreateStaff>().RunAsync("finance@courier.example", RunningService.Password, StaffRoles.Admin);
        await server.ActiveAsync(await server.ReaderAsync("ada@example.com", "Ada"));
        server.Service.Clock.Advance(TimeSpan.FromMinutes(20));

        using var browser = server.Service.NewBrowser();
        var page = await browser.SubmitAsync(await browser.GetAsync("/support/reconciliation"), "Sign in", ("email", "finance@courier.example"), ("password", RunningService.Password));
        Assert.That(page.Text, Does.Contain("have not been compared"));
        page = await browser.SubmitAsync(page, "Compare now");
        Assert.That(page.Text, Does.Contain("no difference waits").And.Contain("Held by the payment provider").And.Contain("£9.64"));
        Assert.That((await browser.GetAsync("/support/reconciliation?from=2026-02-31")).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));

        using var ledger = await server.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri("/api/ledger.csv", UriKind.Relative)));
        var lines = (await ledger.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines[0], Is.EqualTo("at,set,cause,account,amount,currency,invoice,reader,gateway_id"));
        Assert.That(lines.Skip(1).Sum(l => decimal.Parse(l.Split(',')[4], System.Globalization.CultureInfo.InvariantCulture)), Is.Zero);
        Assert.That(await (await browser.GetAsync("/support/reconciliation/report.csv")).Response.Content.ReadAsStringAsync(), Does.StartWith("section,name,currency"));

        var report = await server.GetAsync("/api/reconciliation");
        Assert.That(report.GetProperty("collectingOff").GetBoolean(), Is.False);
        Assert.That((await server.PostAsync("/api/reconciliation", key: "once")).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        var output = new StringWriter();
        var options = new ConfigurationBuilder().Build();
        Assert.That(await ReconciliationCommands.RunAsync(["reconcile"], server.Service.Services, options, output), Is.EqualTo(ReconciliationCommands.Clean), output.ToString());
        Assert.That(await ReconciliationCommands.RunAsync(["collecting", "off"], server.Service.Services, options, output), Is.EqualTo(ReconciliationCommands.Clean));
        Assert.That(await ReconciliationCommands.RunAsync(["collecting", "status"], server.Service.Services, options, output), Is.EqualTo(ReconciliationCommands.Differs));
        Assert.That((await browser.GetAsync("/support/reconciliation")).Text, Does.Contain("Collecting is off"));
    }

    [TestCase("=1+1", "'=1+1")]
    [TestCase("@x", "'@x")]
    [TestCase("-2", "'-2")]
    [TestCase("in_1", "in_1")]
    [TestCase(null, "")]
    public void No_text_is_taken_for_a_formula(string? text, string written) => Assert.That(CsvFiles.Text(text), Is.EqualTo(written));
}
