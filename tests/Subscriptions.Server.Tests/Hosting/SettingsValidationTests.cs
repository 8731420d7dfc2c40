using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Mail;
using Subscriptions.Server.Features.Mail.Templates;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Tests.Hosting;

[TestFixture]
public sealed class SettingsValidationTests
{
    private const string Password = "correct-horse";

    internal static readonly Dictionary<string, string?> Good = new()
    {
        ["Publisher:Name"] = "The Harrowmere Courier",
        ["Publisher:Address"] = "https://account.example.com",
        ["Stripe:SecretKey"] = "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        ["Stripe:WebhookSecret"] = "whsec_0123456789",
        ["Smtp:Host"] = "smtp.example.com",
        ["Smtp:FromAddress"] = "subscriptions@example.com",
        ["Database:ConnectionString"] = "Data Source=var/subscriptions.db",
        ["Sites:0:Id"] = "courier",
        ["Sites:0:Name"] = "The Harrowmere Courier",
        ["Sites:0:Origins:0"] = "http://localhost:5080/",
        ["Sites:0:Key"] = "a-key-of-the-courier",
        ["Api:Keys:0"] = "a-key-for-the-api",
        ["Plans:0:Id"] = "digital-monthly",
        ["Plans:0:Name"] = "Digital, monthly",
        ["Plans:0:Price"] = "999",
        ["Plans:0:Currency"] = "GBP",
    };

    [Test]
    public void Good_settings_are_read_with_their_defaults()
    {
        var settings = SettingsValidation.TryRead(Configuration(Good), out var failures);

        Assert.That(failures, Is.Empty);
        Assert.Multiple(() =>
        {
            Assert.That(settings!.Stripe.ApiBase, Is.EqualTo(new Uri("https://api.stripe.com")));
            Assert.That(settings.Publisher.Hours.Zone.Id, Is.EqualTo("Europe/London"));
            Assert.That(settings.Publisher.Hours.Collect, Is.EqualTo(new TimeOnly(6, 0)));
            Assert.That((settings.Smtp.Port, settings.Smtp.StartTls, settings.Smtp.FromName), Is.EqualTo((587, true, "The Harrowmere Courier")));
            Assert.That(settings.Plans.Single().Price.ToString(), Is.EqualTo("£9.99"));
            Assert.That(settings.Dunning.ClosesInThirdStage, Is.False);
            Assert.That(settings.Dunning.TimeMayHeal.RetryDays, Is.EqualTo(new[] { 1, 3, 7, 10, 14, 18, 22, 26 }));
            Assert.That(settings.Sites.Single().Origins, Is.EqualTo(new[] { "http://localhost:5080" }));
            Assert.That(settings.Sites.Single().Key.Matches("a-key-of-the-courier"), Is.True);
            Assert.That(settings.Api.Keys.Single().Matches("a-key-of-the-courier"), Is.False);
        });
    }

    [Test]
    public void A_setting_that_nobody_asks_for_is_told_and_those_that_are_known_are_not()
    {
        var shipped = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json")).AddInMemoryCollection(Good)
            .AddInMemoryCollection([new("Publisher:EndsAt", "12:00"), new("Stripe:MaxRetrys", "3"), new("Plans:0:TrailDays", "14"), new("Sites:0:Orgins", "x"), new("PATH", "/bin"), new("Somebody:Elses", "1")]).Build();
        Assert.That(SettingsValidation.TryRead(shipped, out _)!.Unknown, Is.EqualTo(new[] { "Plans:0:TrailDays", "Publisher:EndsAt", "Sites:0:Orgins", "Stripe:MaxRetrys" }));
    }

    [Test]
    public void A_misspelt_setting_is_told_together_with_what_stops_the_start()
    {
        Assert.That(SettingsValidation.TryRead(Configuration(Good, ("Sharing:MostSessions", "0"), ("Dunning:CloseInThirdStag", "true")), out var failures), Is.Null);
        Assert.That(failures.Select(f => f.Setting), Is.EqualTo(new[] { "Sharing:MostSessions", "Dunning:CloseInThirdStag" }));
    }

    [Test]
    public void Overrides_paydays_closed_days_and_the_cap_are_read()
    {
        var settings = SettingsValidation.TryRead(Configuration(Good,
            ("Dunning:Overrides:0:Name", "yearly-cards"), ("Dunning:Overrides:0:DeclineClass", "TimeMayHeal"), ("Dunning:Overrides:0:MethodKind", "card"),
            ("Dunning:Overrides:0:Interval", "Year"), ("Dunning:Overrides:0:RetryDays", "2, 9"), ("Dunning:Overrides:0:PaymentFailedDay", "5"),
            ("Dunning:Overrides:0:ActNowDay", "15"), ("Dunning:Overrides:0:DueToTerminateDay", "25"), ("Dunning:Overrides:0:EndDay", "40"),
            ("Dunning:CloseInThirdStage", "true"), ("Dunning:Paydays:DaysOfMonth", "25, 31"), ("Dunning:Paydays:WithinDays", "3"), ("Publisher:Calendar:ClosedWeekends", "true"),
            ("Publisher:Calendar:BankHolidays", "EnglandAndWales"), ("Publisher:Calendar:ClosedRanges", "12-24..01-02"), ("Publisher:EndingsPerDay", "40")), out var failures);

        Assert.That(failures, Is.Empty);
        var one = settings!.Dunning.Overrides!.Single();
        Assert.That((one.Name, one.DeclineClass, one.MethodKind, one.Interval, one.AfterTrial, one.Timetable.EndDay),
            Is.EqualTo(("yearly-cards", (DeclineClass?)DeclineClass.TimeMayHeal, "card", (PlanInterval?)PlanInterval.Year, (bool?)null, 40)));
        Assert.That(settings.Dunning.ClosesInThirdStage, Is.True);
        Assert.That(settings.Dunning.Paydays!.DaysOfMonth, Is.EqualTo(new[] { 25, 31 }));
        Assert.That(settings.Publisher.Hours.Calendar.OpenOn(new(2026, 12, 24)), Is.EqualTo(new DateOnly(2027, 1, 4)));
        Assert.That(settings.Publisher.EndingsPerDay, Is.EqualTo(40));
    }

    [Test]
    public void An_override_that_breaks_a_rule_stops_the_start_by_its_name()
    {
        var settings = SettingsValidation.TryRead(Configuration(Good,
            ("Dunning:Overrides:0:Name", "hasty"), ("Dunning:Overrides:0:MethodKind", "card"), ("Dunning:Overrides:0:PaymentFailedDay", "1"),
            ("Dunning:Overrides:0:ActNowDay", "2"), ("Dunning:Overrides:0:DueToTerminateDay", "8"), ("Dunning:Overrides:0:EndDay", "12")), out var failures);
        Assert.That(settings, Is.Null);
        Assert.That(failures.Single().Setting, Is.EqualTo("Dunning:Overrides (hasty)"));
    }

    [TestCase("whsec_0123456789,whsec_9876543210", null)]
    [TestCase(null, "whsec_0123456789")]
    public void The_webhooks_secret_may_be_several(string? together, string? listed)
    {
        var settings = SettingsValidation.TryRead(Configuration(Good, ("Stripe:WebhookSecret", together),
            ("Stripe:WebhookSecret:0", listed), ("Stripe:WebhookSecret:1", listed is null ? null : "whsec_9876543210")), out _);

        Assert.That(settings!.Stripe.WebhookSecrets, Is.EqualTo(new[] { "whsec_0123456789", "whsec_9876543210" }));
    }

    [Test]
    public void Every_failure_is_told_at_once()
    {
        Assert.That(SettingsValidation.TryRead(Configuration([]), out var failures), Is.Null);
        Assert.That(failures.Select(f => f.Setting), Is.EqualTo(new[]
        {
            "Publisher:Name", "Publisher:Address", "Stripe:SecretKey", "Stripe:WebhookSecret", "Smtp:Host", "Smtp:FromAddress",
            "Database:ConnectionString", "Plans",
        }));
        using var output = new StringWriter();
        SettingsValidation.Print(failures, output);
        Assert.That(output.ToString(), Does.Contain("8 settings").And.Contain("  Stripe:SecretKey: is missing. Write the secret key"));
    }

    [TestCase("Disputes:WhileOpen", "Perhaps")]
    [TestCase("Disputes:WhenLost", "3")]
    [TestCase("Disputes:OnFraudWarning", "Panic")]
    [TestCase("Publisher:Name", "")]
    [TestCase("Publisher:Name", "two\nlines")]
    [TestCase("Publisher:Address", "account.example.com")]
    [TestCase("Publisher:Address", "https://example.com/account")]
    [TestCase("Publisher:TimeZone", "Europe/Harrowmere")]
    [TestCase("Publisher:CollectAt", "6 o'clock")]
    [TestCase("Publisher:CollectAt", "11:00")]
    [TestCase("Publisher:SendAt", "24:00")]
    [TestCase("Publisher:SendAt", "22:00")]
    [TestCase("Publisher:EndAt", "noon")]
    [TestCase("Publisher:SendFrom", "21:30")]
    [TestCase("Publisher:SendUntil", "-1:00")]
    [TestCase("Stripe:SecretKey", "pk_test_4eC39HqLyjWDarjtT1zdp7dc")]
    [TestCase("Stripe:SecretKey", "sk_test_x\r\nX: y")]
    [TestCase("Stripe:WebhookSecret", "secret")]
    [TestCase("Stripe:ApiBase", "http://api.stripe.com")]
    [TestCase("Stripe:ApiBase", "stripe")]
    [TestCase("Stripe:CallTimeoutSeconds", "0")]
    [TestCase("Stripe:CallTimeoutSeconds", "20s")]
    [TestCase("Stripe:TotalTimeoutSeconds", "10")]
    [TestCase("Stripe:MaxRetries", "99")]
    [TestCase("Stripe:RetryDelayMilliseconds", "-5")]
    [TestCase("Smtp:Host", "smtp://example.com")]
    [TestCase("Smtp:Port", "70000")]
    [TestCase("Smtp:Port", "465")]
    [TestCase("Smtp:StartTls", "maybe")]
    [TestCase("Smtp:FromAddress", "The Courier <a@example.com>")]
    [TestCase("Smtp:TimeoutSeconds", "forever")]
    [TestCase("Smtp:User", null, "Smtp:Password", Password)]
    [TestCase("Smtp:Password", null, "Smtp:User", "courier")]
    [TestCase("Database:Provider", "Oracle")]
    [TestCase("Database:Provider", "1")]
    [TestCase("Database:ConnectionString", "var/subscriptions.db")]
    [TestCase("Database:ConnectionString", "Data Source=var/subscriptions.db", "Database:Provider", "SqlServer")]
    [TestCase("Sites:0:Id", "The Courier")]
    [TestCase("Sites:0:Name", "")]
    [TestCase("Sites:0:Origins", null, "Sites:0:Origins:0", null)]
    [TestCase("Sites:0:Origins", null, "Sites:0:Origins:0", "localhost:5080/news")]
    [TestCase("Sites:0:Key", "short")]
    [TestCase("Sites:0:KeySha256", null, "Sites:0:Key", null)]
    [TestCase("Sites:0:KeySha256", "abc", "Sites:0:Key", null)]
    [TestCase("Sites:0:Key", "a-key-of-the-courier", "Sites:0:KeySha256", "abc")]
    [TestCase("Api:Keys", null, "Api:Keys:0", "short")]
    [TestCase("Api:Keys", null, "Api:Keys:0", "sha256:abc")]
    [TestCase("Api:Keys", null, "Api:Keys:0", "a-key-of-the-courier")]
    [TestCase("Plans:0:Id", "Digital Monthly")]
    [TestCase("Plans:0:Name", "")]
    [TestCase("Plans:0:Price", null)]
    [TestCase("Plans:0:Price", "-999")]
    [TestCase("Plans:0:Price", "9.99")]
    [TestCase("Plans:0:Currency", "ZZZ")]
    [TestCase("Plans:0:Interval", "Fortnight")]
    [TestCase("Plans:0:IntervalCount", "0")]
    [TestCase("Plans:0:TrialDays", "1000")]
    [TestCase("Plans:0:TaxRateBasisPoints", "20%")]
    [TestCase("Plans:0:Entitlements", "Archive Plus")]
    [TestCase("Plans:0:Entitlements", "archive+puzzles")]
    [TestCase("Staff:First:Email", "desk @courier", "Staff:First:Password", "a-long-first-password")]
    [TestCase("Staff:First:Email", null, "Staff:First:Password", "a-long-first-password")]
    [TestCase("Staff:First:Password", "short", "Staff:First:Email", "head@courier.example")]
    [TestCase("Staff:First:Password", null, "Staff:First:Email", "head@courier.example")]
    [TestCase("Staff:First:Password",
        "a password of far more than the hundred and twenty-eight characters that fit, which nobody would type twice in a row without a mistake somewhere",
        "Staff:First:Email", "head@courier.example")]
    [TestCase("Dunning:TimeMayHeal", null, "Dunning:TimeMayHeal:ActNowDay", "4")]
    [TestCase("Dunning:TimeMayHeal", null, "Dunning:TimeMayHeal:EndDay", "27", "Dunning:TimeMayHeal:RetryDays", "3, 1")]
    [TestCase("Dunning:TimeMayHeal:RetryDays", "daily")]
    [TestCase("Dunning:ReaderMustAct", null, "Dunning:ReaderMustAct:EndDay", "11")]
    [TestCase("Dunning:ReaderMustAct:EndDay", "soon")]
    [TestCase("Dunning:Paydays:DaysOfMonth", "25, 32")]
    [TestCase("Publisher:Calendar:BankHolidays", "Scotland")]
    [TestCase("Publisher:Calendar:ClosedRanges", "24 December to 2 January")]
    [TestCase("Publisher:Calendar:ClosedDates", "01/06/2027")]
    [TestCase("Publisher:Calendar", null, "Publisher:Calendar:ClosedRanges", "06-01..08-31")]
    [TestCase("Publisher:EndingsPerDay", "0")]
    [TestCase("Stripe:CallsPerSecond", "many")]
    [TestCase("Jobs:LookEverySeconds", "0")]
    public void A_wrong_setting_is_named_with_what_to_write(
        string setting, string? value, string? besides = null, string? otherValue = null, string? third = null, string? thirdValue = null)
    {
        var settings = SettingsValidation.TryRead(Configuration(Good, (setting, value), (besides ?? setting, besides is null ? value : otherValue),
            (third ?? setting, third is null ? value : thirdValue)), out var failures);

        Assert.Multiple(() =>
        {
            Assert.That(settings, Is.Null);
            Assert.That(failures.Select(f => f.Setting), Is.EqualTo(new[] { setting }));
            Assert.That(failures[0].WhatToWrite, Does.Contain("Write").Or.Contain("Remove").Or.Contain("must"));
        });
    }

    [Test]
    public void A_password_does_not_travel_unencrypted()
    {
        SettingsValidation.TryRead(Configuration(Good, ("Smtp:User", "courier"), ("Smtp:Password", Password), ("Smtp:StartTls", "false")), out var failures);

        Assert.That(failures.Single().Setting, Is.EqualTo("Smtp:StartTls"));
    }

    [TestCase("archive")]
    [TestCase("archive, Puzzles_2.0")]
    [TestCase("subscriber")]
    public void Entitlements_are_names_that_a_website_can_ask_for(string names)
    {
        var settings = SettingsValidation.TryRead(Configuration(Good, ("Plans:0:Entitlements", names)), out _);

        Assert.That(settings!.Plans.Single().Entitlements, Is.EqualTo(names.Split(", ")));
    }

    [Test]
    public void Two_sites_share_neither_id_nor_origin_nor_key()
    {
        SettingsValidation.TryRead(Configuration(Good, ("Sites:1:Id", "courier"), ("Sites:1:Name", "Again"),
            ("Sites:1:Origin", "http://localhost:5080"), ("Sites:1:Key", "a-key-of-the-courier")), out var failures);

        Assert.That(failures.Select(f => f.Setting), Is.EqualTo(new[] { "Sites:1:Id", "Sites:1:Origins", "Sites:1:Key" }));
    }

    [Test]
    public void No_failure_repeats_a_secret()
    {
        const string Secret = "S3cret-that-must-not-be-shown";
        SettingsValidation.TryRead(Configuration(Good, ("Stripe:SecretKey", Secret), ("Stripe:WebhookSecret", Secret), ("Smtp:Password", Secret),
            ("Sites:0:Key", Secret + " "), ("Sites:0:KeySha256", Secret), ("Api:Keys:0", "sha256:" + Secret), ("Database:ConnectionString", Secret)), out var failures);

        Assert.That(failures, Has.Count.EqualTo(6));
        Assert.That(string.Join(' ', failures), Does.Not.Contain(Secret));
    }

    [Test]
    public void The_file_in_the_root_leaves_only_what_must_be_asked_for()
    {
        var file = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json")).Build();

        SettingsValidation.TryRead(file, out var failures);

        Assert.That(failures.Select(f => f.Setting), Is.EqualTo(new[]
        {
            "Publisher:Name", "Publisher:Address", "Stripe:SecretKey", "Stripe:WebhookSecret", "Smtp:Host", "Smtp:FromAddress",
        }));
    }

    [Test]
    public async Task Good_settings_give_every_adapter()
    {
        var settings = SettingsValidation.TryRead(Configuration(Good), out _)!;
        await using var services = new ServiceCollection().AddLogging().AddAdapters(settings, new DefaultParts()).BuildServiceProvider(validateScopes: true);

        Assert.Multiple(() =>
        {
            Assert.That(services.GetRequiredService<IPaymentGateway>(), Is.Not.Null);
            Assert.That(services.GetRequiredService<IMailSender>(), Is.Not.Null);
            Assert.That(services.GetRequiredService<MailTemplates>(), Is.Not.Null);
        });
    }

    private static IConfiguration Configuration(Dictionary<string, string?> values, params (string Setting, string? Value)[] changes)
    {
        var all = new Dictionary<string, string?>(values);
        foreach (var (setting, value) in changes)
        {
            all[setting] = value;
        }

        return new ConfigurationBuilder().AddInMemoryCollection(all.Where(pair => pair.Value is not null)).Build();
    }
}
