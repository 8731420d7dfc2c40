using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Faults;
using Subscriptions.Sandbox.Rooms;

namespace Subscriptions.Sandbox.Tests.Stripe;

public sealed class PanelHooksTests
{
    [Test]
    public async Task The_board_offers_sets_lists_and_clears_every_fault_of_gateway_and_webhooks()
    {
        await using var stripe = await RunningSimulator.StartAsync();
        var board = new FaultBoard(stripe.Services.GetServices<IFaultSource>());

        foreach (var target in board.Targets)
        {
            foreach (var kind in target.Kinds)
            {
                var (fault, errors) = await board.SetAsync(new(target.Target, kind.Name, Match: "sub_1", Count: 1));
                Assert.That(errors, Is.Empty);
                Assert.That((fault!.Target, fault.Kind, fault.Remaining), Is.EqualTo((target.Target, kind.Name, 1)));
            }
        }

        var listed = await board.ListAsync();
        Assert.That(listed, Has.Count.EqualTo(board.Targets.Sum(target => target.Kinds.Count)));
        Assert.That(await board.ClearAsync(listed[0].Id), Is.True);
        Assert.That(await board.ClearAsync("stripe-x"), Is.False);
        Assert.That(await board.ClearAsync(null), Is.True);
        Assert.That(await board.ListAsync(), Is.Empty);
        Assert.That((await board.SetAsync(new("gateway", "Slow", HoldSeconds: -1))).Errors, Is.Not.Empty);
    }

    [Test]
    public async Task The_clock_learns_what_is_due_and_a_reset_forgets_it()
    {
        await using var stripe = await RunningSimulator.StartAsync();
        var due = stripe.Services.GetRequiredService<IDueMoments>();
        await stripe.Post("checkout/sessions", ("mode", "setup"), ("currency", "gbp"), ("success_url", "http://localhost/done"));

        Assert.That(await due.NextDueAsync(stripe.Clock.Now.AddHours(23)), Is.Null);
        Assert.That(await due.NextDueAsync(stripe.Clock.Now.AddHours(25)), Is.EqualTo(stripe.Clock.Now.AddHours(24)));
        Assert.That(await due.BusyAsync(), Is.False);

        await stripe.Services.GetRequiredService<IResettable>().ClearAsync();

        Assert.That(await due.NextDueAsync(stripe.Clock.Now.AddHours(25)), Is.Null);
        Assert.That((await stripe.Get("checkout/sessions")).Data, Is.Empty);
    }
}
