using System.Globalization;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Newspaper;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Sandbox.Rooms;

/// <summary>The service, unchanged, with this machine's clock, simulator and inbox in place of the world's.</summary>
internal static class ServiceRoom
{
    /// <summary>The demo newspaper's id at the service.</summary>
    public const string SiteId = "courier";

    public static WebApplication Build(string[] args, SandboxOptions options, SandboxClock clock)
    {
        var app = ServerHost.Create(args, builder =>
        {
            RoomHost.Furnish(builder, options.Ports.Service);
            builder.Configuration.AddInMemoryCollection(Settings(options, SandboxKeys.Of(options.Data))).AddInMemoryCollection(NewspaperRules());
            builder.Configuration.AddEnvironmentVariables().AddCommandLine(args);
            builder.Services.AddSingleton<BillingClock>(clock);
        });

        // The jobs look by themselves every second; after a move of the clock there is no reason to wait for that.
        var jobs = app.Services.GetRequiredService<IJobScheduler>();
        void Look(object? sender, EventArgs e) => _ = jobs.LookNowAsync();
        clock.Changed += Look;
        app.Lifetime.ApplicationStopping.Register(() => clock.Changed -= Look);
        return app;
    }

    private static Dictionary<string, string?> Settings(SandboxOptions options, SandboxKeys keys) => new()
    {
        ["Instance"] = options.Ports.Service.ToString(CultureInfo.InvariantCulture),
        ["Publisher:Name"] = "The Harrowmere Courier",
        ["Publisher:Address"] = options.Addresses.Service.GetLeftPart(UriPartial.Authority),
        ["Stripe:ApiBase"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{options.Ports.Panel}/stripe"),
        // The provider is on this machine: a short pause is as good as a long one, and an outage of days can be lived in seconds.
        ["Stripe:RetryDelayMilliseconds"] = "10",
        // Nor does it mind how fast it is called: a month of the book goes by in seconds.
        ["Stripe:CallsPerSecond"] = "1000",
        // A real book has hundreds of renewals in a morning; this one has thirty on its busiest (Book.Appeal), and a clock that
        // jumps from one due moment to the next, hours apart. Everything else about the incident breaker is as delivered.
        ["Incidents:LeastTries"] = "25",
        ["Incidents:WindowHours"] = "24",
        ["Stripe:MethodKinds"] = "card,bacs,paypal",
        ["Stripe:SecretKey"] = keys.StripeKey,
        ["Stripe:WebhookSecret"] = keys.WebhookSecret,
        ["Mail:WebhookSecrets"] = keys.MailSecret,
        ["Smtp:Host"] = "127.0.0.1",
        ["Smtp:Port"] = options.Ports.Smtp.ToString(CultureInfo.InvariantCulture),
        ["Smtp:StartTls"] = "false",
        ["Smtp:FromAddress"] = "subscriptions@courier.example",
        ["Database:Provider"] = options.Database.Provider.Name,
        ["Database:ConnectionString"] = options.Database.ConnectionString,
        ["Sites:0:Id"] = SiteId,
        ["Sites:0:Name"] = "The Harrowmere Courier",
        ["Sites:0:Origins:0"] = options.Addresses.Newspaper.GetLeftPart(UriPartial.Authority),
        ["Sites:0:Key"] = keys.SiteKey,
        ["Metering:Articles"] = "3",
        // A crawler to try: curl --interface 127.0.0.66 -A Gudgeonbot.
        ["Crawlers:0:Name"] = "Gudgeonbot",
        ["Crawlers:0:UserAgent"] = "Gudgeonbot",
        ["Crawlers:0:Ranges"] = "127.0.0.66",
        // An institution to try: curl --interface 127.0.0.77, or a reader whose address is @college.example.
        ["Institutions:0:Id"] = "river-college",
        ["Institutions:0:Name"] = "River College",
        ["Institutions:0:EmailDomains"] = "college.example",
        ["Institutions:0:Ranges"] = "127.0.0.77",
        ["Api:Keys:0"] = keys.ApiKey,
    };

    // What the newspaper's articles ask stands in the articles; support, and a web server that asks, know it from these.
    private static Dictionary<string, string?> NewspaperRules()
    {
        var library = new ArticleLibrary();
        List<(string Path, string Requires)> rules = [("/**", "free"), ("/archive/**", "subscriber")];
        foreach (var article in library.FrontPage.Where(one => one.Requirement is not null))
        {
            rules.AddRange(new[] { "/articles/", "/api/articles/", "/api/content/" }.Select(folder => (folder + article.Slug, article.Requirement!.Text)));
        }

        return rules.SelectMany((rule, i) => new[] { ("Path", rule.Path), ("Requires", rule.Requires) }
            .Select(part => (string.Create(CultureInfo.InvariantCulture, $"Sites:0:Rules:{i}:{part.Item1}"), part.Item2))).ToDictionary(one => one.Item1, one => (string?)one.Item2);
    }
}
