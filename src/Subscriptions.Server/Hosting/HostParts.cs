using Subscriptions.Server.Adapters.Quartz;
using Subscriptions.Server.Adapters.Smtp;
using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Hosting;

/// <summary>
/// What a composition root puts behind the three ports: payment gateway, mail, scheduler. Everything else is the same in every host, so
/// that two hosts differ in nothing but these.
/// </summary>
public abstract class HostParts
{
    /// <summary>Whether mail goes with TLS from the first byte on (port 465).</summary>
    /// <param name="configuration">All settings.</param>
    public virtual bool MailsWithImplicitTls(IConfiguration configuration) => false;

    /// <summary>Reads settings of this host's own; what is wrong with them is told with all the rest.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="database">Where rows are kept; null where that setting is wrong itself.</param>
    public virtual IReadOnlyList<SettingFailure> Read(IConfiguration configuration, DatabaseSettings? database) => [];

    /// <summary>Settings that name a database, all of which have to name another one where a host is to touch nothing of what is there.</summary>
    public virtual IReadOnlyList<string> DatabaseSettings => ["Database:ConnectionString"];

    /// <summary>Puts an adapter behind <c>IPaymentGateway</c> and <c>IGatewayRecords</c>.</summary>
    public abstract void AddGateway(IServiceCollection services, StripeSettings settings);

    /// <summary>Puts an adapter behind <c>IMailSender</c>.</summary>
    public abstract void AddMail(IServiceCollection services, SmtpSettings settings);

    /// <summary>Puts a scheduler behind <c>IJobScheduler</c> that lets each declared job look.</summary>
    public abstract void AddJobs(IServiceCollection services, IReadOnlyList<JobDeclaration> jobs);

    /// <summary>The setting that says how often jobs look by themselves, in seconds.</summary>
    public virtual string LookSetting => "Jobs:LookEverySeconds";

    /// <summary>Adds pages of its own, if it has any.</summary>
    public virtual void Map(WebApplication app)
    {
    }
}

/// <summary>The default build: Stripe over the framework's HTTP client, the framework's SMTP client, Quartz.</summary>
public sealed class DefaultParts : HostParts
{
    /// <inheritdoc />
    public override void AddGateway(IServiceCollection services, StripeSettings settings) => services.AddStripe(settings);

    /// <inheritdoc />
    public override void AddMail(IServiceCollection services, SmtpSettings settings) => services.AddSmtp(settings);

    /// <inheritdoc />
    public override void AddJobs(IServiceCollection services, IReadOnlyList<JobDeclaration> jobs) => services.AddQuartzJobs(jobs);
}
