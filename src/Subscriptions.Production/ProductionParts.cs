using Subscriptions.Production.Hangfire;
using Subscriptions.Production.MailKit;
using Subscriptions.Production.StripeNet;
using Subscriptions.Server.Adapters.Smtp;
using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Production;

/// <summary>The production host: Stripe.net, MailKit and Hangfire on SQL Server behind the three ports of the service.</summary>
public sealed class ProductionParts : HostParts
{
    private MailKitSettings mail = new();
    private HangfireSettings? hangfire;

    /// <inheritdoc />
    public override bool MailsWithImplicitTls(IConfiguration configuration) => MailKitSection.ImplicitTls(new SettingsReader(configuration, []));

    /// <inheritdoc />
    public override string LookSetting => "Hangfire:LookEverySeconds";

    /// <inheritdoc />
    public override IReadOnlyList<string> DatabaseSettings => ["Database:ConnectionString", "Hangfire:ConnectionString"];

    /// <inheritdoc />
    public override IReadOnlyList<SettingFailure> Read(IConfiguration configuration, DatabaseSettings? database)
    {
        List<SettingFailure> failures = [];
        var read = new SettingsReader(configuration, failures);
        mail = MailKitSection.Read(read);
        hangfire = HangfireSection.Read(read, database);
        return failures;
    }

    /// <inheritdoc />
    public override void AddGateway(IServiceCollection services, StripeSettings settings) => services.AddStripeNet(settings);

    /// <inheritdoc />
    public override void AddMail(IServiceCollection services, SmtpSettings settings) => services.AddMailKit(settings, mail);

    /// <inheritdoc />
    public override void AddJobs(IServiceCollection services, IReadOnlyList<JobDeclaration> jobs) => services.AddHangfireJobs(jobs, hangfire!, HangfireSetup.OnSqlServer(hangfire!), HangfireSetup.PrepareSqlServer(hangfire!));

    /// <inheritdoc />
    public override void Map(WebApplication app) => HangfireSetup.MapDashboard(app);
}
