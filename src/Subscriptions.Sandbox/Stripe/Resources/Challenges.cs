using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary>3-D Secure: the bank asks the holder in person, on a hosted page.</summary>
internal static class Challenges
{
    public static void Open(StripeCall call, StripeObject subject, string returnUrl, string eventType)
    {
        var token = call.Ledger.NewId("");
        subject.Hidden["challenge"] = new JsonObject { ["token"] = token, ["return_url"] = returnUrl };
        subject.Body["status"] = "requires_action";
        subject.Body["next_action"] = new JsonObject
        {
            ["redirect_to_url"] = new JsonObject
            {
                ["return_url"] = returnUrl,
                ["url"] = $"{call.Origin}/stripe/pay/challenge/{subject.Id}/{token}",
            },
            ["type"] = "redirect_to_url",
        };
        call.Ledger.Save(subject);
        call.Ledger.Emit(eventType, subject);
    }

    /// <summary>What became of a challenge; null if there never was one.</summary>
    public static ChallengeState? Look(LedgerTransaction ledger, string id, string token)
    {
        var subject = Subject(ledger, id);
        return subject is null ? null
            : subject.Hidden.Object("challenge")?.Text("token") == token ? new ChallengeState(subject, null)
            : subject.Hidden.Object("answered")?.Text(token) is { } url ? new ChallengeState(subject, url)
            : subject.Hidden.Object("challenge") is not null || subject.Hidden.Object("answered") is not null
                ? new ChallengeState(subject, "") : null;
    }

    /// <summary>The holder's answer. Answering once more changes nothing and leads to the same address.</summary>
    public static ChallengeState? Answer(LedgerTransaction ledger, string id, string token, bool passed)
    {
        if (Look(ledger, id, token) is not { LeadsTo: null } open)
        {
            return Look(ledger, id, token);
        }

        var subject = open.Subject;
        var returnUrl = subject.Hidden.Object("challenge")!.Text("return_url")!;
        subject.Hidden.Remove("challenge");
        subject.Body["next_action"] = null;
        var succeeded = subject.Kind == PaymentIntents.Kind ? Pay(ledger, subject, passed) : SetupIntents.Authenticated(ledger, subject, passed);
        var url = SetupIntents.SessionOf(ledger, subject) is { } session
            ? CheckoutSessions.AfterChallenge(session)
            : Urls.With(returnUrl, (subject.Kind, subject.Id), (subject.Kind + "_client_secret", subject["client_secret"]),
                ("redirect_status", succeeded ? "succeeded" : "failed"));
        var answered = subject.Hidden.Object("answered") ?? [];
        answered[token] = url;
        subject.Hidden["answered"] = answered.DeepClone();
        ledger.Save(subject);
        return new ChallengeState(subject, url);
    }

    private static bool Pay(LedgerTransaction ledger, StripeObject intent, bool passed)
    {
        var method = ledger.Get(PaymentMethods.Kind, intent["payment_method"]);
        if (!passed)
        {
            intent.Body["status"] = "requires_payment_method";
            intent.Body["payment_method"] = null;
            intent.Body["last_payment_error"] = CardErrors.AuthenticationFailed("payment_intent_authentication_failure", method);
            ledger.Save(intent);
            ledger.Emit("payment_intent.payment_failed", intent);
            return false;
        }

        if (Bank.Charge(method, authenticated: true, ledger.Now) is BankAnswer.Refused refused)
        {
            Payments.Refuse(ledger, intent, method, refused);
            return false;
        }

        Payments.Succeed(ledger, intent, method);
        return true;
    }

    private static StripeObject? Subject(LedgerTransaction ledger, string id) =>
        ledger.Find(PaymentIntents.Kind, id) ?? ledger.Find(SetupIntents.Kind, id);
}

/// <summary>A challenge and where its answer led: null while it is open, empty when it was replaced.</summary>
internal sealed record ChallengeState(StripeObject Subject, string? LeadsTo);
