using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Gate;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Features.Incidents;
using Subscriptions.Server.Features.Mail;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Features.Webhooks;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Hosting;

/// <summary>The recurring jobs, declared once, whichever scheduler drives them.</summary>
public static class JobsSetup
{
    private static readonly Type[] _jobs =
        [typeof(AdvanceDueSubscriptions), typeof(CollectDueInvoices), typeof(WarnOfDueExpiries), typeof(SendDueMails), typeof(FollowInvitations), typeof(ProcessDueWebhooks), typeof(PublishEvents), typeof(ForgetOldCounts), typeof(ReconcileDaily), typeof(ResyncWebhooks), typeof(WatchIncidents)];

    /// <summary>Adds the jobs and the scheduler.</summary>
    public static WebApplicationBuilder AddJobs(this WebApplicationBuilder builder, TimeSpan every, HostParts parts)
    {
        var declared = _jobs.Select(job => new JobDeclaration(job, every)).ToList();
        foreach (var job in declared)
        {
            builder.Services.AddTransient(job.Type);
            builder.Services.AddSingleton(job);
        }

        builder.Services.AddSingleton<JobRuns>();
        builder.Services.AddSingleton<DueWorkRunner>();
        builder.Services.AddSingleton<JobWishes>();
        parts.AddJobs(builder.Services, declared);
        return builder;
    }
}
