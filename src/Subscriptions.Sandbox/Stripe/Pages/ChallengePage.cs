using System.Globalization;
using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Resources;

namespace Subscriptions.Sandbox.Stripe.Pages;

/// <summary>The bank's own page: "is it you?". Posting <c>outcome=complete</c> or <c>outcome=fail</c> answers it.</summary>
internal sealed class ChallengePage(LedgerFile ledger)
{
    public async Task HandleAsync(HttpContext context)
    {
        var id = context.GetRouteValue("id") as string ?? "";
        var token = context.GetRouteValue("token") as string ?? "";
        if (ledger.Read(transaction => Challenges.Look(transaction, id, token)) is not { } challenge)
        {
            await PayLayout.NotFoundAsync(context);
        }
        else if (challenge.LeadsTo is not null)
        {
            await ShowAnsweredAsync(context, challenge.LeadsTo);
        }
        else if (HttpMethods.IsPost(context.Request.Method))
        {
            await AnswerAsync(context, challenge, token);
        }
        else
        {
            await ShowAsync(context, challenge.Subject, unclear: false);
        }
    }

    private async Task AnswerAsync(HttpContext context, ChallengeState challenge, string token)
    {
        var outcome = (await PayLayout.FormAsync(context))["outcome"].ToString();
        if (outcome is not ("complete" or "fail"))
        {
            await ShowAsync(context, challenge.Subject, unclear: true);
            return;
        }

        var answered = await ledger.WriteAsync(transaction =>
            Challenges.Answer(transaction, challenge.Subject.Id, token, outcome == "complete"));
        await (answered?.LeadsTo is { Length: > 0 } url ? PayLayout.LeadTo(context, url) : ShowAnsweredAsync(context, ""));
    }

    private Task ShowAsync(HttpContext context, StripeObject subject, bool unclear)
    {
        var payPal = ledger.Read(transaction => transaction.Find(PaymentMethods.Kind, subject.Body.Text("payment_method")))?.Body.Text("type") == Cards.TestAccounts.PayPal;
        var purpose = subject.Kind == PaymentIntents.Kind
            ? $"A payment of {Amount(subject)} needs your approval."
            : payPal ? "The agreement to pay with PayPal needs your approval." : "Saving this card for later payments needs your approval.";
        return PayLayout.WriteAsync(context, StatusCodes.Status200OK, payPal ? "Approve with PayPal" : "Authenticate with your bank", $"""
            <h1>{(payPal ? "PayPal asks: do you agree?" : "Your bank asks: is this you?")}</h1>
            {(unclear ? "<div class=\"alert\" role=\"alert\"><p>Choose one of the two buttons.</p></div>" : "")}
            <p id="purpose">{PayLayout.Encode(purpose)}</p>
            <p>This page stands in for {(payPal ? "PayPal's own page" : "the 3-D Secure page of a bank")}. Choose how it ends.</p>
            <form method="post"><div class="actions">
            <button id="complete" type="submit" name="outcome" value="complete">{(payPal ? "Agree" : "Complete authentication")}</button>
            <button id="fail" class="second" type="submit" name="outcome" value="fail">{(payPal ? "Refuse" : "Fail authentication")}</button>
            </div></form>
            """);
    }

    private static Task ShowAnsweredAsync(HttpContext context, string url) =>
        PayLayout.WriteAsync(context, StatusCodes.Status200OK, "Already answered",
            "<h1>This question was answered already</h1><p id=\"status\">Nothing more is to do here.</p>"
            + (url.Length == 0 ? "" : $"<p><a id=\"continue\" href=\"{PayLayout.Encode(url)}\">Return to the site</a></p>"));

    private static string Amount(StripeObject intent) =>
        (intent.Body.Number("amount") / 100m).ToString("0.00", CultureInfo.InvariantCulture) + " " + intent["currency"].ToUpperInvariant();
}
