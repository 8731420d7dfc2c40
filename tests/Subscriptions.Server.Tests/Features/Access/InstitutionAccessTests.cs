using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Tests.Features.Access;

/// <summary>Reading through an institution by an address that is shown to be one's own.</summary>
internal sealed class InstitutionAccessTests
{
    private static readonly string[] _university =
        ["--Institutions:0:Id=uni", "--Institutions:0:Name=the University", "--Institutions:0:EmailDomains=uni.example", "--Institutions:0:Entitlements=archive", "--Institutions:ConfirmEveryDays=100"];

    private RunningService service = null!;

    [SetUp]
    public async Task StartAsync() => service = await RunningService.StartAsync(_university);

    [TearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test]
    public async Task She_who_confirms_her_address_reads_through_the_institution_until_she_has_to_confirm_anew()
    {
        var (reader, browser) = await SignedInAsync("ann@uni.example");
        using var one = browser;
        await using var feed = await FeedListener.OpenAsync(service);
        var account = await browser.GetAsync("/my-account");
        Assert.That(account.MainText, Does.Contain("Your address belongs to the University"));
        await browser.SubmitAsync(account, "Confirm your address");
        var link = await LinkAsync("ann@uni.example");

        var page = await browser.GetAsync(link);
        Assert.That((page.Heading, await service.EntitledAsync(reader)), Is.EqualTo(("Confirm your address", false)), "opening changes nothing");
        var confirmed = await browser.SubmitAsync(page, "Yes, confirm my address");
        Assert.That(confirmed.Heading, Is.EqualTo("Your address is confirmed"));
        Assert.That((await feed.NewsAsync()).Text("readerId"), Is.EqualTo(reader.Value));

        var answer = await AnswerAsync(reader);
        Assert.That((answer.Entitled, answer.Reason, answer.GrantedBy), Is.EqualTo((true, "Institution", "uni")));
        Assert.That(answer.ValidUntil, Is.EqualTo(answer.Grants.Single().From!.Value.AddDays(100)));
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Contain("You read through the University").And.Not.Contain("Your address belongs"));
        Assert.That((await browser.GetAsync(link)).Heading, Is.EqualTo("Your address is confirmed"), "the link has done its work");

        service.Clock.Advance(TimeSpan.FromDays(100));
        Assert.That(await service.EntitledAsync(reader), Is.False);
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Contain("Confirm first that the address is yours"));
    }

    [Test]
    public async Task A_link_confirms_nothing_for_whoever_is_not_its_reader()
    {
        var (reader, browser) = await SignedInAsync("bea@uni.example");
        var (_, stranger) = await service.NewSignedInReaderAsync();
        using var one = browser;
        using var other = stranger;
        using var nobody = service.NewBrowser();
        await browser.SubmitAsync(await browser.GetAsync("/my-account"), "Confirm your address");
        var link = await LinkAsync("bea@uni.example");

        Assert.That((await stranger.GetAsync(link)).MainText, Does.Contain("signed in with another account"));
        Assert.That((await nobody.GetAsync(link)).MainText, Does.Contain("Sign in"));
        Assert.That((await nobody.GetAsync("/confirm-address/abc")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        service.Clock.Advance(TimeSpan.FromDays(8));
        Assert.That((await browser.GetAsync(link)).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await service.EntitledAsync(reader), Is.False);
    }

    [Test]
    public async Task Whose_address_is_no_institutions_is_asked_nothing_and_reads_nothing_by_it()
    {
        var (reader, browser) = await SignedInAsync("cleo@mail.uni.example");
        using var one = browser;
        await service.Services.GetRequiredService<ConfirmAddress>().RunAsync(reader, "cleo@mail.uni.example", "test");
        Assert.That(await service.EntitledAsync(reader), Is.False);
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Not.Contain("University"));
    }

    [Test]
    public async Task A_password_that_was_chosen_by_mail_shows_that_the_address_is_hers()
    {
        var (reader, browser) = await SignedInAsync("dora@uni.example");
        using var one = browser;
        using var elsewhere = service.NewBrowser();
        await elsewhere.SubmitAsync(await elsewhere.GetAsync("/forgotten-password"), "Send the link", ("email", "dora@uni.example"));
        var mail = await service.EventuallyAsync(() => Task.FromResult(service.Inbox.List("dora@uni.example").FirstOrDefault()));
        var page = await elsewhere.GetAsync(new Uri(Regex.Match(mail.Text, @"https?://\S+/forgotten-password/\S+").Value));
        Assert.That(await service.EntitledAsync(reader), Is.False);
        await elsewhere.SubmitAsync(page, "Set the new password", ("password", "another good one"));
        Assert.That(await service.EntitledAsync(reader), Is.True);
    }

    [Test]
    public async Task A_contract_that_is_taken_out_of_the_settings_ends_at_the_next_start_and_websites_are_told()
    {
        var (reader, browser) = await SignedInAsync("eve@uni.example");
        using var one = browser;
        await service.Services.GetRequiredService<ConfirmAddress>().RunAsync(reader, "eve@uni.example", "test");
        var before = await AnswerAsync(reader);
        await service.RestartServiceAsync();
        Assert.That((await AnswerAsync(reader)).Version, Is.EqualTo(before.Version), "a start with the same settings is no news");

        await service.RestartServiceAsync("--Institutions:0:EmailDomains=other.example");
        var after = await AnswerAsync(reader);
        Assert.That((before.Entitled, after.Entitled), Is.EqualTo((true, false)));
        Assert.That(after.Version, Is.GreaterThan(before.Version));
        await using var feed = await FeedListener.OpenAsync(service, after: 0);
        for (var told = await feed.NewsAsync(); told.Text("readerId") != reader.Value || told.Body.GetProperty("version").GetInt64() < after.Version;)
        {
            told = await feed.NewsAsync();
        }
    }

    private async Task<(ReaderId Id, Browser Browser)> SignedInAsync(string email)
    {
        var created = (CreatedReader.Created)await service.Services.GetRequiredService<CreateReader>().RunAsync(email, "Ann Academic", RunningService.Password);
        var browser = service.NewBrowser();
        await browser.SignInAsync(email, RunningService.Password);
        return (created.Id, browser);
    }

    private async Task<EntitlementAnswer> AnswerAsync(ReaderId reader)
    {
        using var scope = service.Services.CreateScope();
        return (await scope.ServiceProvider.GetRequiredService<ReaderAccessQuery>().RunAsync(reader))!;
    }

    private async Task<Uri> LinkAsync(string address)
    {
        var mail = await service.EventuallyAsync(() => Task.FromResult(service.Inbox.List(address).FirstOrDefault()));
        return new Uri(Regex.Match(mail.Text, @"https?://\S+/confirm-address/\S+").Value);
    }
}
