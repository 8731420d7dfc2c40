using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Tests.Features.Accounts;

[TestFixture]
internal sealed class SignInTests
{
    private RunningService service = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => service = await RunningService.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test]
    public async Task Whoever_registers_is_signed_in_and_led_on()
    {
        using var browser = service.NewBrowser();
        var form = await browser.GetAsync("/register?to=%2Fmy-account%2Finvoices");

        var page = await browser.SubmitAsync(form, "Register", ("name", "Ada New"), ("email", "ada@example.com"), ("password", RunningService.Password));

        Assert.That(page.Url.PathAndQuery, Is.EqualTo("/my-account/invoices"));
        Assert.That((await browser.GetAsync("/my-account")).Text, Does.Contain("ada@example.com").And.Contain("You have no subscription"));
    }

    [Test]
    public async Task A_taken_address_is_refused_by_name()
    {
        var (_, email) = await service.NewReaderAsync();
        using var browser = service.NewBrowser();
        var form = await browser.GetAsync("/register");

        var page = await browser.SubmitAsync(form, "Register", ("name", "Somebody"), ("email", email.ToUpperInvariant()), ("password", RunningService.Password));

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(page.Document.QuerySelector("[role=alert] a[href='#email']")?.TextContent, Does.StartWith("There is already an account"));
    }

    [Test]
    public async Task Of_many_who_register_one_address_at_once_one_gets_it()
    {
        var create = service.Services.GetRequiredService<CreateReader>();

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => create.RunAsync("twin@example.com", "Twin", null)));

        Assert.That(results.OfType<CreatedReader.Created>().Count(), Is.EqualTo(1));
        Assert.That(results.OfType<CreatedReader.Refused>().Select(r => r.Refusal.Code).Distinct(), Is.EqualTo(new[] { "email-taken" }));
        await using var db = service.OpenDatabase();
        Assert.That(await db.Users.CountAsync(u => u.Email == "twin@example.com"), Is.EqualTo(1));
    }

    [TestCase("", "", "", "email,name,password")]
    [TestCase("no-address", "Ada", "long enough", "email")]
    [TestCase("a b@example.com", "Ada", "long enough", "email")]
    [TestCase("ada@exämple.com", "Ada", "long enough", "email")]
    [TestCase("ok@example.com", "line\u0007break", "long enough", "name")]
    [TestCase("ok@example.com", "Ada", "short", "password")]
    public async Task What_is_wrong_stands_beside_its_field(string email, string name, string password, string wrong)
    {
        using var browser = service.NewBrowser();
        var form = await browser.GetAsync("/register");

        var page = await browser.SubmitAsync(form, "Register", ("name", name), ("email", email), ("password", password));

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(string.Join(',', page.Document.QuerySelectorAll("[aria-invalid=true]").Select(i => i.Id).Order(StringComparer.Ordinal)), Is.EqualTo(wrong));
        Assert.That(page.Document.Title, Does.StartWith("Error: "));
    }

    [Test]
    public async Task Overlong_input_is_refused_and_changes_nothing()
    {
        using var browser = service.NewBrowser();
        var form = await browser.GetAsync("/register");

        var long1 = await browser.SubmitAsync(form, "Register", ("name", new string('n', 5000)), ("email", "long@example.com"), ("password", RunningService.Password));
        var long2 = await browser.SubmitAsync(form, "Register", ("name", new string('n', 100_000)), ("email", "long@example.com"), ("password", RunningService.Password));

        Assert.That(long1.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(long2.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        await using var db = service.OpenDatabase();
        Assert.That(await db.Readers.AnyAsync(r => r.Email == "long@example.com"), Is.False);
    }

    [Test]
    public async Task An_unknown_address_hears_what_a_wrong_password_hears()
    {
        var (_, email) = await service.NewReaderAsync();
        using var browser = service.NewBrowser();

        var wrong = await browser.SignInAsync(email, "not her password");
        var unknown = await browser.SignInAsync("nobody@example.com", "not her password");

        Assert.That(wrong.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(unknown.Status, Is.EqualTo(wrong.Status));
        Assert.That(unknown.MainText, Is.EqualTo(wrong.MainText));
    }

    [Test]
    public async Task After_five_wrong_tries_not_even_the_right_password_opens()
    {
        var (_, email) = await service.NewReaderAsync();
        using var browser = service.NewBrowser();
        for (var i = 0; i < Credentials.MostTries; i++)
        {
            await browser.SignInAsync(email, "not her password");
        }

        var page = await browser.SignInAsync(email, RunningService.Password);

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(page.Text, Does.Contain("closed for ten minutes"));
    }

    [Test]
    public async Task Wrong_passwords_that_come_at_once_are_counted_one_by_one()
    {
        var (_, email) = await service.NewReaderAsync();

        await Task.WhenAll(Enumerable.Range(0, Credentials.MostTries).Select(_ => Task.Run(() => CheckAsync(email, "not her password"))));

        Assert.That(await CheckAsync(email, RunningService.Password), Is.Null);
    }

    [Test]
    public async Task The_right_password_forgets_the_wrong_ones_before_it()
    {
        var (_, email) = await service.NewReaderAsync();
        for (var round = 0; round < 2; round++)
        {
            for (var i = 1; i < Credentials.MostTries; i++)
            {
                await CheckAsync(email, "not her password");
            }

            Assert.That(await CheckAsync(email, RunningService.Password), Is.Not.Null);
        }
    }

    [TestCase("https://evil.example/")]
    [TestCase("//evil.example/")]
    [TestCase("/\\evil.example")]
    [TestCase("/é")]
    [TestCase("/my-account\t")]
    public async Task Nobody_is_led_to_another_address_after_signing_in(string to)
    {
        var (_, email) = await service.NewReaderAsync();
        using var browser = service.NewBrowser();
        var form = await browser.GetAsync("/sign-in?to=" + Uri.EscapeDataString(to));

        var page = await browser.SubmitAsync(form, "Sign in", ("email", email), ("password", RunningService.Password));

        Assert.That(page.Url, Is.EqualTo(new Uri(service.Address, "/my-account")));
    }

    [TestCase("/sign-in")]
    [TestCase("/register")]
    public async Task Whoever_is_signed_in_already_is_led_on_to_no_address_that_a_header_cannot_carry(string page)
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;

        Assert.That((await browser.GetAsync($"{page}?to=%2F%C3%A9")).Url, Is.EqualTo(new Uri(service.Address, "/my-account")));
        Assert.That((await browser.GetAsync($"{page}?to=%2Fmy-account%2Finvoices%3Ffrom%3D1")).Url.PathAndQuery, Is.EqualTo("/my-account/invoices?from=1"));
    }

    [Test]
    public async Task A_copied_cookie_ends_with_the_sign_out()
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var before = await browser.GetAsync("/my-account");
        using var copy = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, "/my-account"));
        copy.Headers.Add("Cookie", string.Join("; ", browser.Cookies(service.Address)));

        await browser.SubmitAsync(before, "Sign out");

        using var thief = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
        using var answer = await thief.SendAsync(copy);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Redirect));
        Assert.That(answer.Headers.Location!.ToString(), Does.Contain("/sign-in"));
    }

    [Test]
    public async Task A_second_window_whose_reader_has_signed_in_meanwhile_goes_on()
    {
        var (_, email) = await service.NewReaderAsync();
        using var browser = service.NewBrowser();
        var second = await browser.GetAsync("/sign-in?to=%2Fmy-account%2Finvoices");
        await browser.SignInAsync(email, RunningService.Password);

        var page = await browser.SubmitAsync(second, "Sign in", ("email", email), ("password", RunningService.Password));

        Assert.That((page.Status, page.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, "/my-account/invoices")), page.Text);
    }

    [Test]
    public async Task A_form_without_its_token_is_refused_in_plain_words()
    {
        using var browser = service.NewBrowser();
        using var bare = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Address, "/sign-in"))
        {
            Content = new FormUrlEncodedContent([new("email", "a@example.com"), new("password", "x")]),
        };

        var page = await browser.FollowAsync(bare);

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(page.Heading, Is.EqualTo("Please send the form again"));
    }

    [Test]
    public async Task Whoever_comes_by_the_number_is_moved_to_the_name()
    {
        using var browser = service.NewBrowser();

        var answer = await browser.OnlyGetAsync($"http://127.0.0.1:{service.Address.Port}/sign-in?to=%2Fmy-account");

        Assert.That(answer.Headers.Location, Is.EqualTo(new Uri(service.Address, "/sign-in?to=%2Fmy-account")));
    }

    [Test]
    public async Task Cookies_are_out_of_scripts_reach_and_survive_a_restart()
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;

        await service.RestartServiceAsync();

        Assert.That((await browser.GetAsync("/my-account")).Url.AbsolutePath, Is.EqualTo("/my-account"));
        var fresh = await browser.OnlyGetAsync("/forgotten-password");
        Assert.That(fresh.Headers.GetValues("Content-Security-Policy").Single(), Does.StartWith("default-src 'none'"));
        Assert.That(browser.Jar(service.Address).Select(c => (c.Name, c.HttpOnly)), Is.SupersetOf(new[] { ("service.reader", true), ("service.forms", true) }));
    }

    [Test]
    public async Task A_reader_and_a_member_of_staff_may_share_an_address()
    {
        var (_, email) = await service.NewReaderAsync();
        var staff = service.Services.GetRequiredService<CreateStaff>();
        using var browser = service.NewBrowser();

        var created = await staff.RunAsync(email, "another long password", StaffRoles.Support);

        Assert.That(created, Is.TypeOf<CreatedStaff.Created>());
        Assert.That((await browser.SignInAsync(email, "another long password")).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That((await browser.SignInAsync("staff/" + email, "another long password")).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
    }

    private async Task<Account?> CheckAsync(string email, string password)
    {
        await using var scope = service.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Credentials>().CheckAsync(email, password);
    }
}
