"""
Who gets which answer at which address: the table, for a policy officer to read.

People: a role at a side of one referral from peel-cas to the team of Ottawa that ottawa-cas answers.
`another` is a second desk of the receiving team that was sent it too, `police` one outside its
audience, `elsewhere` another team; `office` holds the Office's roles; `nobody` is not signed in.
"""

import datetime as dt
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver
from django.utils import timezone

from audit import followers
from cases.states import TRANSITIONS as CASE_VERBS
from coordination import references
from coordination.models import Team
from coordination.roles import Role
from referrals.actions.drafting import BasisGiven
from referrals.actions.handing_off import propose_handoff
from referrals.handoff_checks import Checked, Proposal
from referrals.states import TRANSITIONS
from tests import database
from tests.ends import FAR
from tests.releases import release

PEOPLE = {
    "sender": ("peel-cas", Role.WORKER),
    "lead": ("peel-cas", Role.LEAD),
    "receiver": ("ottawa-cas", Role.WORKER),
    "another": ("ottawa-community", Role.WORKER),
    "police": ("ottawa-police", Role.WORKER),
    "elsewhere": ("north-cas", Role.LEAD),
    "admin": ("peel-cas", Role.AGENCY_ADMIN),
    "analyst": ("office", Role.ANALYST),
    "coordinator": ("office", Role.COORDINATOR),
    "steward": ("office", Role.DATA_STEWARD),
    "auditor": ("office", Role.AUDITOR),
    "nobody": None,
}

# sent to the team, not answered; a verb of the other side is 403 for a desk that sees the referral.
HEAD, *ROWS = """\
method address                      sender lead receiver another police elsewhere admin office nobody
get    healthz                      200    200  200      200     200    200       200   200    200
get    readyz                       200    200  200      200     200    200       200   200    200
get    metrics                      404    404  404      404     404    404       404   404    404
get    account_login                302    302  302      302     302    302       302   302    200
get    account_logout               200    200  200      200     200    200       200   200    302
get    coordination:home            302    302  302      302     302    302       302   302    302
get    coordination:start           200    200  200      200     200    200       200   200    302
get    coordination:help            200    200  200      200     200    200       200   200    200
get    coordination:patterns        200    200  200      200     200    200       200   200    302
post   coordination:retire_pattern  403    403  403      403     403    403       403   403    302
get    coordination:accessibility   200    200  200      200     200    200       200   200    200
get    coordination:privacy         200    200  200      200     200    200       200   200    200
get    coordination:retention       200    200  200      200     200    200       200   200    302
get    coordination:holds           403    403  403      403     403    403       403   403    302
post   coordination:lift_hold       403    403  403      403     403    403       403   403    302
get    coordination:registers       403    403  403      403     403    403       403   403    302
get    coordination:enter_process   403    403  403      403     403    403       403   403    302
get    coordination:answer_process  403    403  403      403     403    403       403   403    302
get    coordination:enter_breach    403    403  403      403     403    403       403   403    302
get    coordination:assess_breach   403    403  403      403     403    403       403   403    302
get    cases:ask                    200    200  404      404     404    404       403   403    302
post   cases:ask                    422    422  404      404     404    404       403   403    302
get    cases:answer_request         404    404  404      404     404    404       403   403    302
get    api:retention                200    200  200      200     200    200       200   200    401
get    api:holds                    403    403  403      403     403    403       403   403    401
post   api:holds                    403    403  403      403     403    403       403   403    401
post   api:lift_hold                403    403  403      403     403    403       403   403    401
get    coordination:account         200    200  200      200     200    200       200   200    302
get    coordination:tokens          200    200  200      200     200    200       200   200    302
post   coordination:revoke_token    404    404  404      404     404    404       404   404    302
get    coordination:status          200    200  200      200     200    200       200   200    302
post   coordination:preferences     302    302  302      302     302    302       302   302    302
get    coordination:preferences     302    302  302      302     302    302       302   302    302
get    coordination:choose_desk     200    200  200      200     200    200       200   200    302
get    coordination:directory       200    200  200      200     200    200       200   200    302
get    coordination:phones          200    200  200      200     200    200       200   200    302
post   coordination:gap             404    404  404      404     404    404       403   403    302
get    coordination:team_card       200    200  200      200     200    200       200   200    302
get    coordination:desk_card       200    200  200      200     200    200       200   200    302
get    coordination:agreements      200    200  200      200     200    200       200   200    302
post   coordination:end_agreement   403    403  403      403     403    403       403   403    302
get    coordination:capacity        403    200  403      403     403    200       403   403    302
get    coordination:rota            200    200  200      200     200    200       403   403    302
post   coordination:rota            403    302  403      403     403    302       403   403    302
get    coordination:people           403    403  403      403     403    403       200   403    302
get    coordination:person           403    403  403      403     403    403       200   403    302
post   coordination:person           403    403  403      403     403    403       422   403    302
get    coordination:invite           403    403  403      403     403    403       200   403    302
post   coordination:invite           403    403  403      403     403    403       422   403    302
post   coordination:revoke_invitation 403   403  403      403     403    403       404   403    302
get    coordination:desks            403    403  403      403     403    403       200   403    302
get    coordination:desk             403    403  403      403     403    403       200   403    302
post   coordination:desk             403    403  403      403     403    403       422   403    302
post   coordination:close_desk       403    403  403      403     403    403       302   403    302
get    coordination:join             404    404  404      404     404    404       404   404    404
get    coordination:review           403    403  403      403     403    403       200   403    302
post   coordination:review_rhythm    403    403  403      403     403    403       302   403    302
post   coordination:keep_seat        403    403  403      403     403    403       404   403    302
post   coordination:sign_review      403    403  403      403     403    403       404   403    302
get    coordination:reviews          403    403  403      403     403    403       403   403    302
get    leaving:leave                 403    403  403      403     403    403       200   403    302
post   leaving:leave                 403    403  403      403     403    403       422   403    302
get    coordination:overview        403    403  403      403     403    403       403   403    302
get    coordination:region_overview 403    403  403      403     403    403       403   403    302
get    coordination:team_overview   403    403  403      403     403    403       403   403    302
get    coordination:training        200    200  200      200     200    200       200   200    302
post   coordination:training        422    422  422      422     422    422       422   422    302
get    coordination:correct_completion 404 404  404      404     404    404       404   404    302
post   coordination:remove_completion 404  404  404      404     404    404       404   404    302
post   coordination:confirm_completion 403 404  403      403     403    404       404   403    302
get    coordination:people_training 403    200  403      403     403    200       200   403    302
get    coordination:person_training 403    200  403      403     403    404       200   403    302
get    coordination:desk_training   403    403  403      403     403    403       200   403    302
post   coordination:desk_training   403    403  403      403     403    403       422   403    302
get    coordination:training_coverage 403  403  403      403     403    403       403   403    302
get    coordination:courses         200    200  200      200     200    200       200   200    302
post   coordination:courses         403    403  403      403     403    403       403   403    302
get    coordination:course          403    403  403      403     403    403       403   403    302
post   coordination:retire_course   403    403  403      403     403    403       403   403    302
get    coordination:services        403    403  403      403     403    403       403   403    302
get    api:groups                     200    200  200      200     200    200       200   200    401
post   api:groups                     403    403  403      403     403    403       403   403    401
get    api:group                      404    404  404      404     404    404       404   404    401
put    api:group                      403    403  403      403     403    403       403   403    401
post   api:close_group                403    403  403      403     403    403       403   403    401
post   api:reopen_group               403    403  403      403     403    403       403   403    401
get    api:meetings                   404    404  404      404     404    404       404   404    401
post   api:meetings                   403    403  403      403     403    403       403   403    401
post   api:move_meeting               403    403  403      403     403    403       403   403    401
post   api:cancel_meeting             403    403  403      403     403    403       403   403    401
post   api:write_up_meeting           403    403  403      403     403    403       403   403    401
get    api:actions                    200    200  200      200     200    200       200   200    401
post   api:actions                    403    403  403      403     403    403       403   403    401
get    api:action                     404    404  404      404     404    404       404   404    401
put    api:action                     403    403  403      403     403    403       403   403    401
post   api:take_action                404    404  404      404     404    404       404   404    401
post   api:finish_action              404    404  404      404     404    404       404   404    401
post   api:drop_action                404    404  404      404     404    404       404   404    401
post   api:reopen_action              404    404  404      404     404    404       404   404    401
get    coordination:operations        403    403  403      403     403    403       403   403    302
get    api:operations                 403    403  403      403     403    403       403   403    401
get    api:coverage_gap               404    404  404      404     404    404       404   404    401
get    coordination:service_gap       404    404  404      404     404    404       404   404    302
get    coordination:service           403    403  403      403     403    403       403   403    302
get    coordination:groups            200    200  200      200     200    200       200   200    302
get    coordination:group             404    404  404      404     404    404       404   404    302
get    coordination:action            404    404  404      404     404    404       404   404    302
get    coordination:move_action       404    404  404      404     404    404       404   404    302
post   coordination:move_action       404    404  404      404     404    404       404   404    302
get    coordination:open_group        403    403  403      403     403    403       403   403    302
post   coordination:open_group        403    403  403      403     403    403       403   403    302
post   coordination:change_group      403    403  403      403     403    403       403   403    302
post   coordination:close_group       403    403  403      403     403    403       403   403    302
post   coordination:reopen_group      403    403  403      403     403    403       403   403    302
post   coordination:plan_meeting      403    403  403      403     403    403       403   403    302
get    coordination:meeting           404    404  404      404     404    404       404   404    302
post   coordination:move_meeting      403    403  403      403     403    403       403   403    302
post   coordination:cancel_meeting    403    403  403      403     403    403       403   403    302
post   coordination:write_up_meeting  403    403  403      403     403    403       403   403    302
get    coordination:plan_action       403    403  403      403     403    403       403   403    302
post   coordination:change_action     403    403  403      403     403    403       403   403    302
get    api:courses                  200    200  200      200     200    200       200   200    401
post   api:courses                  403    403  403      403     403    403       403   403    401
post   api:change_course            403    403  403      403     403    403       403   403    401
post   api:retire_course            403    403  403      403     403    403       403   403    401
get    api:training                 200    200  200      200     200    200       200   200    401
post   api:training                 400    400  400      400     400    400       400   400    401
post   api:correct_completion       404    404  404      404     404    404       404   404    401
post   api:remove_completion        404    404  404      404     404    404       404   404    401
post   api:confirm_completion       403    404  403      403     403    404       404   403    401
get    api:requirements             403    403  403      403     403    403       200   403    401
post   api:requirements             403    403  403      403     403    403       400   403    401
get    api:training_coverage        403    403  403      403     403    403       403   403    401
get    api:training_unmet           403    403  403      403     403    403       403   403    401
get    api:coverage                 403    403  403      403     403    403       403   403    401
get    coordination:thresholds       403    403  403      403     403    403       403   403    302
post   coordination:thresholds       403    403  403      403     403    403       403   403    302
post   coordination:confirm_thresholds 403  403  403      403     403    403       403   403    302
post   coordination:set_aside_thresholds 403 403 403      403     403    403       403   403    302
get    coordination:statistics      403    403  403      403     403    403       403   403    302
get    coordination:statistics_about 403    403  403      403     403    403       403   403    302
get    coordination:release         403    403  403      403     403    403       403   403    302
get    coordination:release_table   403    403  403      403     403    403       403   403    302
get    coordination:take_release    403    403  403      403     403    403       403   403    302
post   coordination:take_release    403    403  403      403     403    403       403   403    302
get    coordination:release_report  403    403  403      403     403    403       403   403    302
get    api:sealed_tables            403    403  403      403     403    403       403   200    401
get    api:sealed_table             403    403  403      403     403    403       403   404    401
get    api:releases                 403    403  403      403     403    403       403   403    401
get    api:tables                   403    403  403      403     403    403       403   403    401
get    api:table                    403    403  403      403     403    403       403   403    401
get    coordination:stewardship      403    403  403      403     403    403       403   200    302
get    coordination:sealed_table     403    403  403      403     403    403       403   404    302
post   coordination:take_sealed      403    403  403      403     403    403       403   404    302
get    coordination:decide_table     403    403  403      403     403    403       403   403    302
post   coordination:decide_table     403    403  403      403     403    403       403   403    302
get    leaving:overdue              403    403  403      403     403    403       403   403    302
get    api:overdue                  403    403  403      403     403    403       403   403    401
get    leaving:unassigned           403    403  403      403     403    403       403   403    302
get    api:unassigned               403    403  403      403     403    403       403   403    401
get    leaving:follow_up            403    403  403      403     403    403       403   403    302
post   leaving:follow_up            403    403  403      403     403    403       403   403    302
get    leaving:remind               403    403  403      403     403    403       403   403    302
post   leaving:remind               403    403  403      403     403    403       403   403    302
get    api:follow_ups               403    403  403      403     403    403       403   403    401
post   api:follow_ups               403    403  403      403     403    403       403   403    401
post   api:remind                   403    403  403      403     403    403       403   403    401
get    leaving:left                  403    403  403      403     403    403       403   403    302
post   coordination:act_for         302    302  302      302     302    302       302   302    302
get    coordination:counts          200    200  200      200     200    200       200   200    302
get    coordination:exit            200    200  200      200     200    200       200   200    200
get    referrals:rules              200    200  200      200     200    200       200   200    302
get    referrals:inbox              200    200  200      200     200    200       403   403    302
get    referrals:box                200    200  200      200     200    200       403   403    302
get    referrals:find               302    302  302      302     302    302       403   403    302
get    referrals:new                200    200  200      200     200    200       403   403    302
get    referrals:one_page           200    200  200      200     200    200       403   403    302
get    referrals:step               404    404  404      404     404    404       403   403    302
get    referrals:check              404    404  404      404     404    404       403   403    302
post   referrals:discard            404    404  404      404     404    404       403   403    302
get    referrals:sent               200    200  404      404     404    404       403   403    302
get    referrals:refer              200    200  404      404     404    404       403   403    302
get    referrals:detail             200    200  200      200     404    404       403   403    302
post   referrals:send               302    302  403      403     404    404       403   403    302
post   referrals:ask                403    403  422      422     404    404       403   403    302
post   referrals:answer             422    422  403      403     404    404       403   403    302
post   referrals:accept             403    403  302      302     404    404       403   403    302
post   referrals:undo_accept        403    403  302      302     404    404       403   403    302
post   referrals:decline            403    403  422      422     404    404       403   403    302
post   referrals:withdraw           422    422  403      403     404    404       403   403    302
get    referrals:arrivals           200    200  200      200     200    200       403   403    302
post   referrals:bulk               302    302  302      302     302    302       403   403    302
post   referrals:save_view          404    404  404      404     404    404       403   403    302
post   referrals:delete_view        404    404  404      404     404    404       403   403    302
get    referrals:desk_figures       200    200  200      200     200    200       403   403    302
get    referrals:handover           200    200  200      200     200    200       403   403    302
get    referrals:print              200    200  200      200     404    404       403   403    302
get    referrals:next               302    302  302      302     302    302       403   403    302
post   referrals:assign             302    302  302      302     404    404       403   403    302
post   referrals:confirm_contact    422    422  422      422     404    404       403   403    302
post   referrals:start              403    403  302      302     404    404       403   403    302
post   referrals:waitlist           403    403  422      422     404    404       403   403    302
post   referrals:complete           403    403  422      422     404    404       403   403    302
post   referrals:request_withdrawal 422    422  403      403     404    404       403   403    302
post   referrals:confirm_withdrawal 403    403  302      302     404    404       403   403    302
post   referrals:give_back          403    403  422      422     404    404       403   403    302
post   referrals:take_back          302    302  403      403     404    404       403   403    302
post   referrals:reopen             403    403  422      422     404    404       403   403    302
post   referrals:reroute            422    422  403      403     404    404       403   403    302
post   referrals:resolve            422    422  403      403     404    404       403   403    302
post   referrals:note               422    422  422      422     404    404       403   403    302
get    cases:list                   200    200  200      200     200    200       403   403    302
get    cases:export                 403    200  403      403     403    200       403   403    302
post   cases:export                 403    422  403      403     403    422       403   403    302
get    cases:import                 403    200  403      403     403    200       403   403    302
post   cases:import                 403    422  403      403     403    422       403   403    302
get    cases:importing              403    404  403      403     403    404       403   403    302
post   cases:start_import           403    404  403      403     403    404       403   403    302
post   cases:stop_import            403    404  403      403     403    404       403   403    302
get    cases:change                 200    200  404      404     404    404       403   403    302
post   cases:change                 422    422  404      404     404    404       403   403    302
post   cases:follow_up              422    422  404      404     404    404       403   403    302
post   cases:resume                 422    422  404      404     404    404       403   403    302
post   cases:close                  422    422  404      404     404    404       403   403    302
post   cases:report                 422    422  404      404     404    404       403   403    302
post   cases:reopen                 422    422  404      404     404    404       403   403    302
post   cases:enter_in_error         422    422  404      404     404    404       403   403    302
get    cases:link                   200    200  404      404     404    404       403   403    302
post   cases:link                   422    422  404      404     404    404       403   403    302
post   cases:assign                 302    302  404      404     404    404       403   403    302
post   cases:note                   422    422  404      404     404    404       403   403    302
get    cases:record_consent         200    200  404      404     404    404       403   403    302
post   cases:record_consent         422    422  404      404     404    404       403   403    302
get    cases:withdraw_consent       200    200  404      404     404    404       403   403    302
post   cases:withdraw_consent       422    422  404      404     404    404       403   403    302
get    cases:access                 200    200  404      404     404    404       403   403    302
get    cases:trace                  403    403  403      403     403    403       403   403    302
post   cases:trace                  403    403  403      403     403    403       403   403    302
get    cases:identity               404    404  404      404     404    404       403   403    302
post   cases:withdraw_identity      404    404  404      404     404    404       403   403    302
get    cases:recorded               200    200  404      404     404    404       403   403    302
get    cases:detail                 200    200  404      404     404    404       403   403    302
get    handoffs:list                200    200  200      200     200    200       403   403    302
get    handoffs:propose             200    200  404      404     404    404       403   403    302
get    handoffs:detail              200    200  200      200     404    404       403   403    302
get    handoffs:accept              403    403  200      200     404    404       403   403    302
post   handoffs:accept              403    403  422      422     404    404       403   403    302
post   handoffs:decline             403    403  422      422     404    404       403   403    302
post   handoffs:withdraw            422    422  403      403     404    404       403   403    302
get    notifications:list           200    200  200      200     200    200       200   200    302
get    notifications:mail           200    200  200      200     200    200       200   200    302
post   notifications:done           302    302  302      302     302    302       302   302    302
post   notifications:undo           302    302  302      302     302    302       302   302    302
post   notifications:done_all       302    302  302      302     302    302       302   302    302
get    schema                       200    200  200      200     200    200       200   200    200
get    docs                         200    200  200      200     200    200       200   200    200
get    api:me                       200    200  200      200     200    200       200   200    401
get    api:vocabularies             200    200  200      200     200    200       200   200    401
get    api:regions                  200    200  200      200     200    200       200   200    401
get    api:agencies                 200    200  200      200     200    200       200   200    401
get    api:teams                    200    200  200      200     200    200       200   200    401
get    api:desks                    200    200  200      200     200    200       200   200    401
post   api:capacity                 403    200  403      403     403    200       403   403    401
get    api:rota                     200    200  200      200     200    200       403   403    401
put    api:rota                     403    412  403      403     403    412       403   403    401
get    api:agreements               200    200  200      200     200    200       200   200    401
post   api:agreements               403    403  403      403     403    403       403   403    401
post   api:end_agreement            403    403  403      403     403    403       403   403    401
get    api:patterns                 403    403  403      403     403    403       403   403    401
post   api:patterns                 403    403  403      403     403    403       403   403    401
post   api:retire_pattern           403    403  403      403     403    403       403   403    401
get    api:people                   403    403  403      403     403    403       200   403    401
get    api:person                   403    403  403      403     403    403       200   403    401
post   api:seat                     403    403  403      403     403    403       404   403    401
post   api:end_seat                 403    403  403      403     403    403       404   403    401
post   api:deactivate               403    403  403      403     403    403       404   403    401
get    api:invitations              403    403  403      403     403    403       200   403    401
post   api:invitations              403    403  403      403     403    403       201   403    401
post   api:revoke_invitation        403    403  403      403     403    403       404   403    401
get    api:access_review            403    403  403      403     403    403       200   403    401
post   api:keep_seat                403    403  403      403     403    403       404   403    401
post   api:sign_review              403    403  403      403     403    403       404   403    401
get    api:cases                    200    200  200      200     200    200       403   403    401
post   api:cases                    400    400  400      400     400    400       403   403    401
get    api:case                     200    200  404      404     404    404       403   403    401
get    api:referrals                200    200  200      200     200    200       403   403    401
post   api:referrals                400    400  400      400     400    400       403   403    401
get    api:referral                 200    200  200      200     404    404       403   403    401
post   api:send                     409    409  403      403     404    404       403   403    401
post   api:ask                      403    403  200      200     404    404       403   403    401
post   api:answer                   409    409  403      403     404    404       403   403    401
post   api:accept                   403    403  200      200     404    404       403   403    401
post   api:undo_accept              403    403  409      409     404    404       403   403    401
post   api:decline                  403    403  204      204     404    404       403   403    401
post   api:withdraw                 200    200  403      403     404    404       403   403    401
get    api:case_timeline            200    200  404      404     404    404       403   403    401
get    api:case_leads               200    200  404      404     404    404       403   403    401
get    api:handoff_access           200    200  200      200     404    404       403   403    401
get    api:trace                    403    403  403      403     403    403       403   403    401
post   api:trace                    403    403  403      403     403    403       403   403    401
get    api:case_access              200    200  404      404     404    404       403   403    401
patch  api:case                     200    200  404      404     404    404       403   403    401
post   api:follow_up_case           412    412  404      404     404    404       403   403    401
post   api:resume_case              409    409  404      404     404    404       403   403    401
post   api:close_case               412    412  404      404     404    404       403   403    401
post   api:report_case              412    412  404      404     404    404       403   403    401
post   api:reopen_case              409    409  404      404     404    404       403   403    401
get    api:case_notes               200    200  404      404     404    404       403   403    401
post   api:enter_in_error_case      412    412  404      404     404    404       403   403    401
post   api:link_case                400    400  404      404     404    404       403   403    401
post   api:assign_case              200    200  404      404     404    404       403   403    401
post   api:case_notes               201    201  404      404     404    404       403   403    401
get    api:consents                 200    200  404      404     404    404       403   403    401
post   api:consents                 201    201  404      404     404    404       403   403    401
get    api:withdraw_consent         200    200  404      404     404    404       403   403    401
post   api:withdraw_consent         412    412  404      404     404    404       403   403    401
get    api:notes                    200    200  200      200     404    404       403   403    401
post   api:notes                    201    201  201      201     404    404       403   403    401
get    api:timeline                 200    200  200      200     404    404       403   403    401
get    api:access                   200    200  200      200     404    404       403   403    401
post   api:assign                   200    200  200      200     404    404       403   403    401
post   api:confirm_contact          409    409  409      409     404    404       403   403    401
post   api:start                    403    403  409      409     404    404       403   403    401
post   api:waitlist                 403    403  409      409     404    404       403   403    401
post   api:complete                 403    403  409      409     404    404       403   403    401
post   api:request_withdrawal       409    409  403      403     404    404       403   403    401
post   api:confirm_withdrawal       403    403  409      409     404    404       403   403    401
post   api:give_back                403    403  409      409     404    404       403   403    401
post   api:take_back                409    409  403      403     404    404       403   403    401
post   api:reopen                   403    403  409      409     404    404       403   403    401
post   api:reroute                  409    409  403      403     404    404       403   403    401
post   api:resolve                  409    409  403      403     404    404       403   403    401
get    api:handoffs                 200    200  200      200     200    200       403   403    401
post   api:handoffs                 400    400  400      400     400    400       403   403    401
get    api:handoff                  200    200  200      200     404    404       403   403    401
post   api:accept_handoff           403    403  200      200     404    404       403   403    401
post   api:decline_handoff          403    403  204      204     404    404       403   403    401
post   api:withdraw_handoff         200    200  403      403     404    404       403   403    401
get    api:exports                  403    200  403      403     403    200       403   403    401
post   api:exports                  403    400  403      403     403    400       403   403    401
get    api:imports                  403    200  403      403     403    200       403   403    401
post   api:imports                  403    415  403      403     403    415       403   403    401
get    api:import                   403    404  403      403     403    404       403   403    401
post   api:start_import             403    404  403      403     403    404       403   403    401
post   api:stop_import              403    404  403      403     403    404       403   403    401
get    api:identity                 404    404  404      404     404    404       403   403    401
post   api:identity                 404    404  404      404     404    404       403   403    401
post   api:withdraw_identity        404    404  404      404     404    404       403   403    401
get    api:requests                 200    200  200      200     200    200       403   403    401
post   api:case_requests            201    201  404      404     404    404       403   403    401
post   api:answer_request           404    404  404      404     404    404       403   403    401
get    api:processes                403    403  403      403     403    403       403   403    401
post   api:processes                403    403  403      403     403    403       403   403    401
post   api:answer_process           403    403  403      403     403    403       403   403    401
get    api:breaches                 403    403  403      403     403    403       403   403    401
post   api:breaches                 403    403  403      403     403    403       403   403    401
post   api:assess_breach            403    403  403      403     403    403       403   403    401
get    api:register_years           403    403  403      403     403    403       403   403    401
get    api:notifications            200    200  200      200     200    200       200   200    401
post   api:notice_done              404    404  404      404     404    404       404   404    401
post   api:notice_undo              404    404  404      404     404    404       404   404    401
""".splitlines()

BODIES = {
    "api:capacity": {"level": "open"},
    "api:rota": {"shifts": [], "exceptions": []},
    "api:invitations": {
        "desk": "peel-cas",
        "role": "worker",
        "email": "jo@example.org",
        "language": "en",
    },
    "api:ask": {"questions": ["language"]},
    "api:answer": {"answers": {}},
    "api:decline": {"reason": "no_capacity"},
    "api:withdraw": {"reason": "safety"},
    "api:request_withdrawal": {"reason": "safety"},
    "api:confirm_contact": {"method": "phone"},
    "api:waitlist": {"review_at": "2099-01-01"},
    "api:complete": {"outcomes": {"emergency_shelter": "connected"}},
    "api:give_back": {"reason": "capacity_lost"},
    "api:reopen": {"reason": "needed_again"},
    "api:reroute": {"to_desk": "north-cas"},
    "api:resolve": {"reason": "lost_contact"},
    "api:assign": {"to": None},
    "api:assign_case": {"to": None},
    "api:case": {"dependants": 1},
    "api:follow_up_case": {"review_at": "2099-01-01"},
    "api:report_case": {"child_report": "reported"},
    "api:close_case": {"reason": "goals_met", "outcomes": {}},
    "api:link_case": {"same_as": "7KQ4-M2XR"},
    "api:enter_in_error_case": {"reason": "training"},
    "api:decline_handoff": {"reason": "no_capacity"},
    "api:withdraw_handoff": {"reason": "safety"},
    "api:consents": {
        "kind": "substitute",
        "audience": ["cas"],
        "until": FAR,
        "form": "spoken",
    },
    "api:case_requests": {"kind": "see", "received_on": "2026-01-31"},
    "api:notes": {"words": "Interpreter is arranged."},
    "api:case_notes": {"words": "Interpreter is arranged."},
}
OFFICE = ("analyst", "coordinator", "steward", "auditor")
# Where one role of the Office may more than the others: what it finds there.
OF_ONE_ROLE = {
    ("get cases:trace", "auditor"): 200,
    ("post cases:trace", "auditor"): 422,
    ("api:trace", "auditor"): 400,
    ("api:requests", "auditor"): 200,
    ("api:answer_request", "auditor"): 404,
    ("get api:processes", "auditor"): 200,
    ("post api:processes", "auditor"): 400,
    ("api:answer_process", "auditor"): 404,
    ("get api:breaches", "auditor"): 200,
    ("post api:breaches", "auditor"): 400,
    ("api:assess_breach", "auditor"): 404,
    ("api:register_years", "auditor"): 200,
    ("coordination:holds", "auditor"): 200,
    ("coordination:lift_hold", "auditor"): 404,
    ("coordination:registers", "auditor"): 200,
    ("coordination:enter_process", "auditor"): 200,
    ("coordination:answer_process", "auditor"): 404,
    ("coordination:enter_breach", "auditor"): 200,
    ("coordination:assess_breach", "auditor"): 404,
    ("cases:answer_request", "auditor"): 404,
    ("get api:holds", "auditor"): 200,
    ("post api:holds", "auditor"): 400,
    ("api:lift_hold", "auditor"): 404,
    ("coordination:retire_pattern", "coordinator"): 404,
    ("coordination:end_agreement", "coordinator"): 404,
    ("post coordination:retire_pattern", "coordinator"): 404,
    ("post coordination:end_agreement", "coordinator"): 404,
    ("get api:patterns", "coordinator"): 200,
    ("post api:agreements", "coordinator"): 400,
    ("post api:end_agreement", "coordinator"): 404,
    ("post api:patterns", "coordinator"): 400,
    ("post api:retire_pattern", "coordinator"): 404,
    ("get coordination:people", "coordinator"): 200,
    ("get coordination:person", "coordinator"): 404,
    ("post coordination:person", "coordinator"): 404,
    ("get coordination:invite", "coordinator"): 200,
    ("post coordination:invite", "coordinator"): 422,
    ("post coordination:revoke_invitation", "coordinator"): 404,
    ("get coordination:desks", "coordinator"): 200,
    ("get coordination:desk", "coordinator"): 404,
    ("post coordination:desk", "coordinator"): 404,
    ("post coordination:close_desk", "coordinator"): 404,
    ("get leaving:leave", "coordinator"): 404,
    ("post leaving:leave", "coordinator"): 404,
    ("get leaving:overdue", "coordinator"): 200,
    ("get api:overdue", "coordinator"): 200,
    **{
        (f"get coordination:{page}", role): 200
        for page in ("overview", "region_overview", "team_overview")
        for role in ("analyst", "coordinator", "auditor")
    },
    ("get leaving:unassigned", "coordinator"): 200,
    ("get api:unassigned", "coordinator"): 200,
    ("leaving:follow_up", "coordinator"): 404,
    ("get leaving:remind", "coordinator"): 200,
    ("post leaving:remind", "coordinator"): 422,
    ("get api:follow_ups", "coordinator"): 200,
    ("post api:follow_ups", "coordinator"): 400,
    ("post api:remind", "coordinator"): 400,
    **{
        (f"get {each}", role): 200
        for each in (
            "coordination:statistics",
            "coordination:statistics_about",
            "coordination:release",
            "coordination:release_table",
            "coordination:take_release",
            "coordination:release_report",
            "api:releases",
            "api:tables",
            "api:table",
        )
        for role in ("analyst", "coordinator", "auditor")
    },
    **{
        ("post coordination:take_release", role): 422
        for role in ("analyst", "coordinator", "auditor")
    },
    ("get coordination:services", "coordinator"): 200,
    ("get coordination:decide_table", "steward"): 404,
    ("post coordination:decide_table", "steward"): 404,
    ("get coordination:thresholds", "coordinator"): 200,
    ("get coordination:thresholds", "auditor"): 200,
    ("post coordination:thresholds", "coordinator"): 422,
    ("post coordination:confirm_thresholds", "auditor"): 404,
    ("post coordination:set_aside_thresholds", "coordinator"): 404,
    ("post coordination:set_aside_thresholds", "auditor"): 404,
    ("get coordination:services", "analyst"): 200,
    **{
        (address, role): 200
        for address in (
            "coordination:operations",
            "api:operations",
            "get api:coverage_gap",
            "get coordination:service_gap",
            "get coordination:service",
        )
        for role in ("analyst", "coordinator")
    },
    ("get coordination:service_gap", "steward"): 403,
    ("get api:coverage_gap", "steward"): 403,
    **{
        (f"coordination:{each}", "steward"): 403
        for each in ("groups", "group", "meeting", "action", "move_action")
    },
    **{
        (f"{method} api:{each}", "steward"): 403
        for method, names in (
            ("get", ("groups", "group", "meetings", "actions", "action")),
            ("post", ("take_action", "finish_action", "drop_action", "reopen_action")),
        )
        for each in names
    },
    **{(f"post api:{each}", "coordinator"): 400 for each in ("groups", "actions")},
    **{
        (f"{method} api:{each}", "coordinator"): 404
        for method, each in (
            ("put", "group"),
            ("post", "close_group"),
            ("post", "reopen_group"),
            ("post", "meetings"),
            ("post", "move_meeting"),
            ("post", "cancel_meeting"),
            ("post", "write_up_meeting"),
            ("put", "action"),
        )
    },
    ("get coordination:open_group", "coordinator"): 200,
    ("post coordination:open_group", "coordinator"): 422,
    **{
        (f"coordination:{each}", "coordinator"): 404
        for each in (
            "change_group",
            "close_group",
            "reopen_group",
            "plan_meeting",
            "move_meeting",
            "cancel_meeting",
            "write_up_meeting",
            "plan_action",
            "change_action",
        )
    },
    ("post api:courses", "coordinator"): 400,
    ("post api:change_course", "coordinator"): 404,
    ("post api:retire_course", "coordinator"): 404,
    ("get api:training_coverage", "coordinator"): 200,
    ("get api:training_coverage", "analyst"): 200,
    ("get api:training_unmet", "coordinator"): 200,
    ("get api:training_unmet", "analyst"): 200,
    ("get coordination:training_coverage", "coordinator"): 200,
    ("get coordination:training_coverage", "analyst"): 200,
    ("post coordination:courses", "coordinator"): 422,
    ("get coordination:course", "coordinator"): 404,
    ("post coordination:retire_course", "coordinator"): 404,
    ("get api:coverage", "coordinator"): 200,
    ("get api:coverage", "analyst"): 200,
    ("get leaving:left", "coordinator"): 200,
    ("get leaving:left", "analyst"): 200,
    ("get coordination:review", "coordinator"): 200,
    ("post coordination:review_rhythm", "coordinator"): 302,
    ("post coordination:keep_seat", "coordinator"): 404,
    ("post coordination:sign_review", "coordinator"): 404,
    ("get coordination:reviews", "coordinator"): 200,
    ("get api:access_review", "coordinator"): 200,
    ("post api:keep_seat", "coordinator"): 404,
    ("post api:sign_review", "coordinator"): 404,
    ("get api:people", "coordinator"): 200,
    ("get api:person", "coordinator"): 404,
    ("post api:seat", "coordinator"): 404,
    ("post api:end_seat", "coordinator"): 404,
    ("post api:deactivate", "coordinator"): 404,
    ("get api:invitations", "coordinator"): 200,
    ("post api:revoke_invitation", "coordinator"): 404,
}


def cells():
    for row in ROWS:
        method, address, *answers = row.split()
        for column, answer in zip(HEAD.split()[2:], answers, strict=True):
            for person in OFFICE if column == "office" else [column]:
                found = OF_ONE_ROLE.get((address, person), int(answer))
                found = OF_ONE_ROLE.get((f"{method} {address}", person), found)
                yield method, address, person, found


def names(resolver=None, prefix=""):
    """Return the names of all addresses there are, but static files and the API's own 404."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            inner = f"{prefix}{each.namespace}:" if each.namespace else prefix
            yield from names(each, inner)
        elif isinstance(each, URLPattern) and each.name:
            yield prefix + each.name


def test_every_address_is_in_the_table():
    assert {row.split()[1] for row in ROWS} == set(names())


def handed(world, referral):
    """Return a proposal to hand the referral's case to the team of Ottawa."""
    with world.acting("peel-cas") as actor:
        now = timezone.now()
        basis = BasisGiven(
            "express_informed", ["cas", "community_org"], now + dt.timedelta(9), form="spoken"
        )
        offer = Proposal(
            "warm",
            "survivor_moved",
            basis,
            Checked(consent_confirmed=True, safety_plan_reviewed=True),
        )
        team = Team.objects.get(slug="ottawa")
        return propose_handoff(actor=actor, case=referral.case, to=team, proposal=offer, at=now)


LISTS = {"handoffs:list", "api:handoffs"}
QUERIES = {
    "referrals:arrivals": "?since=2026-01-01T00:00:00Z",
    "coordination:release_report": "?purpose=planning",
}


def address(name, referral, handoff=None):
    shown = {
        "referral": references.display(referral.reference),
        "case": references.display(referral.case.reference),
    }
    new = references.display(references.new())
    special = {
        "referrals:box": ["sent"],
        "coordination:team_card": ["ottawa"],
        "coordination:team_overview": ["ottawa"],
        "coordination:region_overview": ["east"],
        "coordination:retire_pattern": ["nothing"],
        "coordination:end_agreement": ["peel-cas", "ottawa-cas", "urgent"],
        "api:retire_pattern": ["nothing"],
        "api:end_agreement": ["peel-cas", "ottawa-cas", "urgent"],
        "coordination:desk_card": ["ottawa-cas"],
        "leaving:follow_up": ["referral", shown["referral"]],
        "leaving:remind": ["ottawa-cas"],
        "api:follow_ups": ["referral", shown["referral"]],
        "api:remind": ["ottawa-cas"],
        "coordination:person": ["peel-cas.worker"],
        "coordination:desk": ["peel-cas"],
        "coordination:close_desk": ["peel-cas"],
        "coordination:desk_training": ["peel-cas"],
        "coordination:person_training": ["peel-cas.worker"],
        "coordination:course": ["nothing"],
        "api:change_course": ["nothing"],
        "api:retire_course": ["nothing"],
        "coordination:retire_course": ["nothing"],
        "coordination:revoke_invitation": [new],
        "leaving:leave": ["peel-cas.worker"],
        "coordination:sealed_table": ["2026-Q3", "two_spirit"],
        "api:sealed_table": ["2026-Q3", "two_spirit"],
        "coordination:take_sealed": ["2026-Q3", "two_spirit"],
        "coordination:decide_table": ["2026-Q3", "two_spirit", "release"],
        **{f"coordination:{each}_thresholds": [1] for each in ("confirm", "set_aside")},
        **{f"{each}:keep_seat": [new, 1] for each in ("coordination", "api")},
        **{f"{each}:sign_review": [new] for each in ("coordination", "api")},
        "api:person": ["peel-cas.worker"],
        **{f"api:{each}": ["nobody.there"] for each in ("seat", "end_seat", "deactivate")},
        "api:revoke_invitation": [new],
        "api:notice_done": [999_999],
        "api:notice_undo": [999_999],
        "referrals:delete_view": [999_999],
        "coordination:revoke_token": [999_999],
        "cases:ask": [shown["case"]],
        **{
            key: [new]
            for key in (
                "coordination:correct_completion",
                "api:correct_completion",
                "api:remove_completion",
                "api:confirm_completion",
                "coordination:remove_completion",
                "coordination:confirm_completion",
                "coordination:lift_hold",
                "coordination:answer_process",
                "coordination:assess_breach",
                "cases:answer_request",
                "api:lift_hold",
                "api:answer_request",
                "api:answer_process",
                "api:assess_breach",
            )
        },
        "coordination:service": ["dental"],
        "coordination:service_gap": ["north", "dental"],
        "api:coverage_gap": ["north", "dental"],
        **{
            f"api:{each}": [new]
            for each in (
                "group",
                "close_group",
                "reopen_group",
                "meetings",
                "move_meeting",
                "cancel_meeting",
                "write_up_meeting",
                "action",
                "take_action",
                "finish_action",
                "drop_action",
                "reopen_action",
            )
        },
        "coordination:move_action": [new, "take"],
        **{
            f"coordination:{each}": [new]
            for each in (
                "group",
                "meeting",
                "action",
                "change_group",
                "close_group",
                "reopen_group",
                "plan_meeting",
                "move_meeting",
                "cancel_meeting",
                "write_up_meeting",
                "change_action",
            )
        },
        **{
            each: ["2026-Q3"]
            for each in (
                "coordination:release",
                "coordination:take_release",
                "coordination:release_report",
            )
        },
        "coordination:release_table": ["2026-Q3", "flow"],
        "api:table": ["flow"],
        "coordination:start": [],
        "cases:detail": [shown["case"]],
        "referrals:refer": [shown["case"]],
        "api:case": [shown["case"]],
        "api:case_timeline": [shown["case"]],
        "api:case_access": [shown["case"]],
        "api:case_leads": [shown["case"]],
        "handoffs:propose": [shown["case"]],
        "cases:recorded": [shown["case"]],
        "cases:access": [shown["case"]],
        "cases:trace": [],
        **{f"cases:{verb}": [shown["case"]] for verb in ("note", "assign", *CASE_VERBS)},
        **{
            f"cases:{verb}": [shown["case"]]
            for verb in ("note", "identity", "withdraw_identity", "assign", *CASE_VERBS)
        },
        **{f"api:{verb}_case": [shown["case"]] for verb in ("assign", *CASE_VERBS)},
        **{f"cases:{each}": [new] for each in ("importing", "start_import", "stop_import")},
        **{f"api:{each}": [new] for each in ("import", "start_import", "stop_import")},
        "api:case_notes": [shown["case"]],
        "cases:record_consent": [shown["case"]],
        "cases:withdraw_consent": [shown["case"], 1],
        "api:consents": [shown["case"]],
        "api:identity": [shown["case"]],
        "api:withdraw_identity": [shown["case"]],
        "api:case_requests": [shown["case"]],
        "api:withdraw_consent": [shown["case"], 1],
        "referrals:step": [new, "need"],
        "referrals:check": [new],
        "referrals:discard": [new],
        "api:referral": [shown["referral"]],
    }
    verbs = {
        "detail",
        "assign",
        "sent",
        "print",
        "timeline",
        "access",
        "note",
        "notes",
        *TRANSITIONS,
    }
    own = [shown["referral"]] if name.partition(":")[2] in verbs else []
    if "handoff" in name and handoff and name not in special and name not in LISTS:
        own = [references.display(handoff.reference)]
    if name.startswith("handoffs:") and handoff and name not in {"handoffs:list", *special}:
        own = [references.display(handoff.reference)]
    if name == "handoffs:list":
        own = []
    return reverse(name, args=special.get(name, own)) + QUERIES.get(name, "")


def subject_of(world, person, *, has_offer):
    """Return what is asked about, and a window in which the person is signed in."""
    referral = world.referral("ottawa", case=world.case(needs=["peer_support"]))
    handoff = handed(world, referral) if has_offer else None
    client = Client()
    if PEOPLE[person]:
        client.force_login(world.user(*PEOPLE[person]))
    return referral, handoff, client


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_gets_the_answer_of_the_table(world, person):
    """What was refused or only shown is as it was: the next address is asked of the same one."""
    wrong = []
    world.user(*PEOPLE["admin"])  # without an administrator the Office would stand in
    release()
    asked = {}
    for method, name, expected in (
        (method, name, expected) for method, name, who, expected in cells() if who == person
    ):
        has_offer = "handoff" in name
        if has_offer not in asked:
            asked[has_offer] = subject_of(world, person, has_offer=has_offer)
        referral, handoff, client = asked[has_offer]
        # A page of a verb that answers at once needs no words; the API needs the version.
        options = {"headers": {"If-Match": '"2"', "Idempotency-Key": "k"}}
        if name == "api:case" or name.endswith("_handoff"):
            options["headers"]["If-Match"] = '"1"'
        if method in {"post", "put", "patch"} and name.startswith("api:"):
            options |= {
                "data": json.dumps(BODIES.get(name, {})),
                "content_type": "application/json",
            }
        response = getattr(client, method)(address(name, referral, handoff), **options)
        if response.status_code != expected:
            wrong.append(f"{method} {name} as {person}: {response.status_code}, not {expected}")
        is_shown = method == "get" and response.status_code == 200 and name != "coordination:exit"
        if response.status_code < 400 and person != "nobody" and not is_shown:
            del asked[has_offer]  # it may be another now, or the session over
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "name", ["referrals:inbox", "notifications:list", "api:referrals", "api:cases"]
)
def test_lists_take_the_same_queries_for_one_and_three_rows(world, name):
    client = Client()
    client.force_login(world.user("peel-cas" if name == "api:cases" else "ottawa-cas"))
    counts = []
    for more in (1, 2):
        for _ in range(more):
            world.referral()
        with database.as_role("worker"):
            followers.drain("notify")
        client.get(reverse(name))  # fills the caches of content types and permissions
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(name)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
