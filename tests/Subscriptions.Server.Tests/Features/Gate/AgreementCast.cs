using System.Globalization;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain.Dunning;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Tests.Features.Api;
using Subscriptions.Server.Tests.Features.Groups;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>Brings readers into as many states as the product has, by what the product offers.</summary>
internal static class AgreementCast
{
    private const int MostSteps = 45;
    private const string Good = "pm_card_visa", Declines = "pm_card_chargeCustomerFail";

    public static async Task BeginAsync(AgreementStage stage)
    {
        // Those whose payments fail began at three moments, so that they are in different stages of it; and one has ended meanwhile.
        await SubscribeAsync(stage, "past due for long", "digital-trial", Declines);
        var ended = await SubscribeAsync(stage, "ended", "digital-trial", Good);
        await PostAsync(stage, $"/api/subscriptions/{ended}/cancel");
        await PassAsync(stage, 9);
        await SubscribeAsync(stage, "past due", "digital-trial", Declines);
        await PassAsync(stage, 8);
        await SubscribeAsync(stage, "on a trial that will fail", "digital-trial", Declines);

        // Until somebody has come to the third notice, by steps that meet the hours of sending whenever the test is run.
        for (var step = 0; step < MostSteps && !await HasThirdNoticeAsync(stage); step++)
        {
            await PassAsync(stage, TimeSpan.FromHours(9));
        }

        await stage.EnterAsync("registered");
        await SubscribeAsync(stage, "monthly", "digital-monthly", Good);
        await SubscribeAsync(stage, "yearly", "digital-yearly", Good);
        await SubscribeAsync(stage, "on trial", "digital-trial", Good);
        await SubscribeAsync(stage, "first payment missing", "digital-monthly", null);
        var cancelled = await SubscribeAsync(stage, "cancelled", "digital-monthly", Good);
        var paused = await SubscribeAsync(stage, "paused", "digital-yearly", Good);
        await SubscribeAsync(stage, "disputed", "digital-monthly", Good);
        await SubscribeAsync(stage, "two grants", "digital-monthly", Good);
        var group = await SubscribeAsync(stage, "holder of a group", GroupPlan.Id, Good);
        await GiveAsync(stage, await stage.EnterAsync("complimentary"), "Complimentary", "puzzles", null, null);
        await GiveAsync(stage, await stage.EnterAsync("day pass"), "DayPass", null, null, stage.Now.AddDays(2));
        await GiveAsync(stage, await stage.EnterAsync("granted elsewhere"), "GrantedElsewhere", "archive", null, stage.Now.AddDays(20));
        await GiveAsync(stage, await stage.EnterAsync("begins later"), "Complimentary", null, stage.Now.AddHours(30), null);
        await GiveAsync(stage, stage.Readers.Single(reader => reader.Name == "two grants"), "Complimentary", "puzzles", stage.Now.AddDays(-1), stage.Now.AddDays(6));
        await stage.Server.Service.SettledAsync();

        await PostAsync(stage, $"/api/subscriptions/{cancelled}/cancel");
        await PostAsync(stage, $"/api/subscriptions/{paused}/pause");
        var seated = await stage.EnterAsync("seat in a group");
        await PostAsync(stage, $"/api/subscriptions/{group}/seats", $$"""{"readerId":"{{seated.Id!.Value.Value}}"}""");
        var member = await stage.EnterAsync("member of the university", "uni.example");
        await stage.EnterAsync("unconfirmed member", "uni.example");
        await stage.Server.Service.Services.GetRequiredService<ConfirmAddress>().RunAsync(member.Id!.Value, member.Email!, "test");
        await stage.Server.Service.Banks.MoveAsync("disputed@example.com", BankMove.Dispute);
        await stage.Server.Service.SettledAsync();
    }

    public static async Task<string> SubscribeAsync(AgreementStage stage, string name, string plan, string? card)
    {
        var reader = await stage.EnterAsync(name);
        return (await ApiCaller.JsonAsync(await PostAsync(stage, "/api/subscriptions",
            $$"""{"readerId":"{{reader.Id!.Value.Value}}","plan":"{{plan}}"{{(card is null ? "" : $",\"paymentMethod\":\"{card}\"")}}}"""))).GetProperty("id").GetString()!;
    }

    public static Task<HttpResponseMessage> GiveAsync(AgreementStage stage, StageReader reader, string kind, string? opens, DateTimeOffset? from, DateTimeOffset? until) =>
        PostAsync(stage, $"/api/readers/{reader.Id!.Value.Value}/grants",
            $$"""{"kind":"{{kind}}"{{(kind == "GrantedElsewhere" ? ",\"source\":\"App Store\"" : "")}}{{(opens is null ? "" : $",\"entitlements\":[\"{opens}\"]")}}{{At("from", from)}}{{At("until", until)}}}""");

    private static string At(string name, DateTimeOffset? at) => at is { } moment ? string.Create(CultureInfo.InvariantCulture, $",\"{name}\":\"{moment:O}\"") : "";

    private static async Task<bool> HasThirdNoticeAsync(AgreementStage stage)
    {
        await using var db = stage.Server.OpenDatabase();
        return await db.Subscriptions.AnyAsync(s => s.Stage == DunningStage.DueToTerminate);
    }

    private static Task PassAsync(AgreementStage stage, int days) => PassAsync(stage, TimeSpan.FromDays(days));

    private static async Task PassAsync(AgreementStage stage, TimeSpan by)
    {
        stage.Server.Service.Clock.Advance(by);
        await stage.Server.Service.SettledAsync();
    }

    private static async Task<HttpResponseMessage> PostAsync(AgreementStage stage, string path, string? json = null)
    {
        var answer = await stage.Server.PostAsync(path, json, Guid.NewGuid().ToString("N"));
        Assert.That(answer.StatusCode, Is.AnyOf(HttpStatusCode.OK, HttpStatusCode.Created), $"{path} {json}: {await answer.Content.ReadAsStringAsync()}");
        return answer;
    }
}
