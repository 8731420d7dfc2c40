using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Acceptance;

/// <summary>The product's story, step by step: each rests on the one before.</summary>
internal sealed partial class AcceptanceStory(WebApplication app, AcceptanceClock clock, string run, string to, TimeSpan patience)
{
    private const string GoodCard = "pm_card_visa";
    private const string FailingCard = "pm_card_chargeCustomerFail";
    private const string AskingCard = "pm_card_authenticationRequired";

    private readonly DateTimeOffset began = TimeProvider.System.GetUtcNow();
    private readonly List<ReaderId> payers = [];
    private ReaderId reader;
    private SubscriptionId subscription;

    private IPaymentGateway Gateway => app.Services.GetRequiredService<IPaymentGateway>();

    public IReadOnlyList<AcceptanceStep> Steps() =>
    [
        new("The database takes this version's tables, and the service starts on it", StartAsync),
        new("Jobs look by themselves", LookAsync),
        new("Stripe knows a payer and takes a first payment", SubscribeAsync),
        new("The same request twice is one PaymentIntent", RepeatAsync),
        new("A part of the payment goes back", RefundAsync),
        new("A bank that wants the reader is heard, and nothing is taken", AskAsync),
        new("What happened at Stripe can be listed", ListAsync),
        new("The books can be compared with Stripe's", CompareAsync),
        new("The webhook address takes what the secret signed and nothing else", KnockAsync),
        new("The mail server takes a mail", WelcomeAsync),
        new("A renewal is declined, and the three notices are handed to the mail server", RemindAsync),
        new("New payment details are charged at once, and the subscription goes on", RecoverAsync),
        new("Where nobody pays it ends, with no PaymentIntent left open", EndAsync),
    ];

    /// <summary>Cancels what is open at Stripe and takes the payers away.</summary>
    /// <param name="left">What could not be taken away is named here.</param>
    /// <returns>What was done.</returns>
    public async Task<string> CleanUpAsync(List<string> left)
    {
        var (cancelled, deleted) = (0, 0);
        foreach (var payer in payers)
        {
            try
            {
                // Where the answer was lost that a payer was made, the same key finds her.
                var customer = Value(await app.Services.GetRequiredService<GatewayCustomers>().PayerAsync(payer));
                cancelled += await CancelOpenAsync(payer, customer, left);
                Require(Value(await Gateway.DeleteCustomerAsync(customer)).Deleted, $"{customer} is not deleted");
                deleted++;
            }
            catch (Exception failure)
            {
                left.Add($"the payer of {payer} ({failure.Message})");
            }
        }

        return $"{cancelled} PaymentIntents cancelled, {deleted} payers deleted";
    }

    private async Task<int> CancelOpenAsync(ReaderId payer, string customer, List<string> left)
    {
        var cancelled = 0;
        await using var db = await DatabaseAsync();
        foreach (var invoice in (await db.Invoices.Where(i => i.ReaderId == payer).Select(i => i.Id).ToListAsync()).Select(id => id.Value).Append(RepeatedFor(payer)))
        {
            foreach (var open in Value(await Gateway.FindPaymentIntentsAsync(customer, invoice)).Where(p => p.Status is not (PaymentStatus.Succeeded or PaymentStatus.Canceled)))
            {
                if (await Gateway.CancelAsync(open.Id, $"accept:cancel:{open.Id}") is GatewayAnswer<PaymentSnapshot>.Answered { Value.Status: PaymentStatus.Canceled or PaymentStatus.Succeeded })
                {
                    cancelled++;
                }
                else
                {
                    left.Add(open.Id);
                }
            }
        }

        return cancelled;
    }

    private static string RepeatedFor(ReaderId payer) => $"accept-{payer.Value}";

    private async Task<string> StartAsync()
    {
        await DatabaseSetup.MigrateAsync(app.Services);
        await app.StartAsync();
        await using var db = await DatabaseAsync();
        return $"up to migration {(await db.Database.GetAppliedMigrationsAsync()).Last()}.";
    }

    private async Task<string> LookAsync()
    {
        var declared = app.Services.GetServices<JobDeclaration>().Select(job => job.Type.Name).ToHashSet(StringComparer.Ordinal);
        await UntilAsync("every declared job has run", async db => declared.IsSubsetOf(await db.JobRuns.Select(run => run.Name).ToListAsync()), unasked: true);
        return $"{declared.Count} jobs.";
    }

    private async Task<string> SubscribeAsync()
    {
        reader = await RegisterAsync(to, "Accept Ance");
        // Asked for by itself: what the subscription would say of a refusal is meant for readers.
        var payer = Value(await app.Services.GetRequiredService<GatewayCustomers>().PayerAsync(reader));
        var plan = app.Services.GetRequiredService<ServerSettings>().Plans.FirstOrDefault(p => p.TrialDays == 0)
            ?? throw new AcceptanceException("the settings offer no plan without free days.");
        subscription = await BeginAsync(reader, plan.PlanId, GoodCard);
        await UntilAsync("the subscription is active", db => db.Subscriptions.AnyAsync(s => s.Id == subscription && s.Status == nameof(Subscription.Active)));
        var invoice = await NewestInvoiceAsync();
        var payment = Value(await Gateway.RetrieveAsync(invoice.Attempts[^1].PaymentIntentId));
        Require(payment is { Status: PaymentStatus.Succeeded } && payment.InvoiceId == invoice.Id.Value && payment.SubscriptionId == subscription.Value, "the PaymentIntent has not succeeded, or does not carry our ids");
        return $"{payment.Amount}, {payment.Id}, payer {payer}.";
    }

    private async Task<string> RepeatAsync()
    {
        await using var db = await DatabaseAsync();
        var customer = (await db.Readers.SingleAsync(r => r.Id == reader)).GatewayCustomerId!;
        var request = new NewPaymentIntent(customer, (await NewestInvoiceAsync()).Total, null, RepeatedFor(reader), "card", "Acceptance");
        var key = $"accept:pi:{reader.Value}";
        var (first, second) = (Value(await Gateway.CreatePaymentIntentAsync(request, key)), Value(await Gateway.CreatePaymentIntentAsync(request, key)));
        Value(await Gateway.CancelAsync(first.Id, $"accept:cancel:{first.Id}"));
        Require(first.Id == second.Id, "two were made");
        return $"{first.Id}, cancelled again.";
    }

    private async Task<string> RefundAsync()
    {
        var invoice = await NewestInvoiceAsync();
        var part = invoice.Paid with { Amount = Math.Max(1, invoice.Paid.Amount / 2) };
        var refusal = await app.Services.GetRequiredService<AdjustInvoice>().RefundAsync(invoice.Id, new InvoiceCommand.RequestRefund(part, AdjustmentReason.Goodwill, Actors.System, "accept"));
        Require(refusal is null, refusal?.Reason ?? "");
        await UntilAsync("the refund is made", async _ => (await NewestInvoiceAsync()).Refunds.Any(r => r.State is RefundState.Succeeded or RefundState.Pending));
        Require(Value(await Gateway.FindRefundsAsync(invoice.Attempts[^1].PaymentIntentId)).Sum(r => r.Amount.Amount) == part.Amount, "Stripe holds another amount as refunded");
        return $"{part}.";
    }

    private async Task<string> AskAsync()
    {
        var other = await RegisterAsync($"accept-{Secrets.NewId("rdr")[4..12].ToLowerInvariant()}@example.com", "Accept Asked");
        var plan = (await PlanOfAsync()).PlanId;
        var asked = await BeginAsync(other, plan, AskingCard);
        await UntilAsync("the attempt has ended", db => db.PaymentAttempts.AnyAsync(a => db.Invoices.Any(i => i.Id == a.InvoiceId && i.SubscriptionId == asked) && a.State == AttemptState.NeedsAuthentication));
        await app.Services.GetRequiredService<SubscriptionCommands>().RunAsync(asked, new SubscriptionCommand.CancelSubscription(), Actors.System);
        await UntilAsync("it is ended again", db => db.Subscriptions.AnyAsync(s => s.Id == asked && s.EndedAt != null));
        return "asked for authentication, ended again.";
    }

    private async Task<string> ListAsync()
    {
        var payment = (await NewestInvoiceAsync()).Attempts[^1].PaymentIntentId;
        var page = Value(await Gateway.ListEventsAsync(began.AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5), null));
        var ours = page.Events.Count(e => e.PaymentIntentId == payment);
        Require(ours > 0, $"none of {page.Events.Count} events is about {payment}");
        return $"{ours} events about the payment.";
    }

    private async Task<string> CompareAsync()
    {
        // With collecting off it looks at what is young too: nothing can be under way.
        var gate = app.Services.GetRequiredService<CollectingGate>();
        await gate.CloseAsync("the acceptance compares the books.", Actors.System);
        try
        {
            var run = await app.Services.GetRequiredService<Reconcile>().NowAsync(began.AddMinutes(-5), null, Actors.System);
            Require(run is { FinishedAt: not null }, run?.Failure ?? "another comparison is under way");
            await using var db = await DatabaseAsync();
            // Whatever else is on the account is not ours to judge.
            string[] ours = [.. await db.PaymentAttempts.Select(a => a.PaymentIntentId).ToListAsync(), .. (await db.Invoices.Select(i => i.Id).ToListAsync()).Select(id => id.Value)];
            var differing = (await db.Findings.Where(f => f.State == FindingState.Open).ToListAsync()).Where(f => ours.Any(f.Subject.Contains)).Select(f => $"{f.Kind} {f.Subject}").ToList();
            Require(differing.Count == 0, $"the books differ: {string.Join(", ", differing)}");
            Require(run is { Transactions: > 0, Refunds: > 0 }, $"only {run!.Transactions} bookings and {run.Refunds} refunds are listed");
            return $"{run!.Transactions} bookings, {run.Refunds} refunds, and nothing of ours differs.";
        }
        finally
        {
            await gate.OpenAsync(Actors.System);
        }
    }

    private async Task<string> KnockAsync()
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var body = Encoding.UTF8.GetBytes($$"""{"object":"event","id":"evt_accept_{{reader.Value}}","type":"accept.knock"}""");
        using var http = new HttpClient();
        async Task<HttpStatusCode> PostAsync(string secret)
        {
            using var content = new ByteArrayContent(body);
            content.Headers.Add(StripeSignature.Header, StripeSignature.Sign(secret, body, TimeProvider.System.GetUtcNow()));
            using var answer = await http.PostAsync(new Uri($"{address}/webhooks/stripe"), content);
            return answer.StatusCode;
        }

        var (genuine, forged) = (await PostAsync(app.Services.GetRequiredService<StripeSettings>().WebhookSecrets[0]), await PostAsync("whsec_somebody_elses"));
        Require(genuine == HttpStatusCode.OK && forged == HttpStatusCode.BadRequest, $"it answered {(int)genuine} to the genuine and {(int)forged} to the forged one");
        return "signed by ourselves with Stripe:WebhookSecret: that Stripe signs with it, and reaches the public address, is not shown.";
    }

    private async Task<string> WelcomeAsync()
    {
        // At night it waits for the hour from which mails are sent.
        await MoveUntilAsync("the welcome is handed over", async db =>
        {
            var mail = await db.Mails.AsNoTracking().SingleAsync(m => m.SubscriptionId == subscription && m.Kind == MailKind.Welcome);
            Require(mail.State is MailState.Pending or MailState.HandedOver && mail.Tries == (mail.State == MailState.HandedOver ? 1 : 0), $"it was not taken: {mail.LastRefusal}");
            return mail.State == MailState.HandedOver;
        });
        return $"to {to}.";
    }

    private async Task<string> RemindAsync()
    {
        await LayDownAsync(FailingCard);
        await MoveUntilAsync("three notices are handed over", async db => await db.Mails.CountAsync(m => m.SubscriptionId == subscription && m.Kind == MailKind.DunningNotice && m.State == MailState.HandedOver) == 3);
        await using var db = await DatabaseAsync();
        var state = (Subscription.PastDue)(await db.Subscriptions.SingleAsync(s => s.Id == subscription)).ToState();
        return $"to {to}; told to end on {state.Case.ToldEndsOn:yyyy-MM-dd}.";
    }

    private async Task<string> RecoverAsync()
    {
        await LayDownAsync(GoodCard);
        await UntilAsync("the payment is taken", db => db.Subscriptions.AnyAsync(s => s.Id == subscription && s.Status == nameof(Subscription.Active)));
        return $"{(await NewestInvoiceAsync()).Paid}.";
    }

    private async Task<string> EndAsync()
    {
        await LayDownAsync(FailingCard);
        await MoveUntilAsync("the subscription has ended", db => db.Subscriptions.AnyAsync(s => s.Id == subscription && s.EndedAt != null));
        var invoice = await NewestInvoiceAsync();
        var payment = Value(await Gateway.RetrieveAsync(invoice.Attempts[^1].PaymentIntentId));
        Require(payment.Status == PaymentStatus.Canceled && invoice.Status != InvoiceStatus.Open, $"{payment.Id} is {payment.Status}, the invoice {invoice.Status}");
        return $"after {invoice.Attempts.Count} tries.";
    }
}
